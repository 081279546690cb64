import type * as sqlite from "node:sqlite";

/**
 * Node's SQLite without the warning that Node 22 prints for it: that is for those who chose it, not for an app's log. Only the load itself warns, and it is over
 * when this returns.
 */
export function nodeSqlite(): typeof sqlite {
  const { emitWarning } = process as { readonly emitWarning: unknown };
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    Object.assign(process, { emitWarning });
  }
}

/** The library's own word, `3.53.4`. */
export function sqliteVersion(): string {
  const database = new (nodeSqlite().DatabaseSync)(":memory:");
  const row = database.prepare("SELECT sqlite_version() AS version").get();
  database.close();
  return String(row?.["version"]);
}
