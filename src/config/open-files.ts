/** A server with fewer soon refuses connections: each is an open file. */
export const ENOUGH_FILES = 4096;

/** How many files this process may have open; null where it cannot be told. Node has raised it at its start as far as it was allowed. */
export function openFileLimit(read: (file: string) => string | null): number | null {
  const limit = /^Max open files +(\d+)/m.exec(read("/proc/self/limits") ?? "")?.[1];
  return limit === undefined ? null : Number(limit);
}
