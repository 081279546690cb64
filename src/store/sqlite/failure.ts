/**
 * What to do about it: `again`, in a moment · `full`, after a sweep · `refuse`, since only this call is in vain · `reopen`, since the connection is no good.
 */
export type Remedy = "again" | "full" | "refuse" | "reopen";

/** Why the database cannot do its work; the message is a few words for people. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly remedy: Remedy;

  constructor(remedy: Remedy, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.remedy = remedy;
  }
}

type Row = readonly [code: number, remedy: Remedy, reason: string];

const IO = 10;
const extended = (code: number, detail: number): number => code | (detail << 8);

/** SQLite's result codes, an extended one before the primary one it belongs to. https://sqlite.org/rescode.html */
const SQLITE: readonly Row[] = [
  [5, "again", "it was busy with the writes of others"],
  [6, "again", "it was busy with the writes of others"],
  [13, "full", "the disk is full"],
  [7, "refuse", "out of memory"],
  [18, "refuse", "the value is too long"],
  // A write that fails (write, fsync, fsync of the folder, truncate, growing the shared index) leaves a connection that can read.
  [extended(IO, 3), "refuse", "the disk refuses to write"],
  [extended(IO, 4), "refuse", "the disk refuses to write"],
  [extended(IO, 5), "refuse", "the disk refuses to write"],
  [extended(IO, 6), "refuse", "the disk refuses to write"],
  [extended(IO, 19), "refuse", "the disk refuses to write"],
  [IO, "reopen", "the disk fails (I/O error)"],
  [3, "reopen", "no permission for its file"],
  [8, "reopen", "its file or folder is read-only"],
  [11, "reopen", "its file is damaged"],
  [14, "reopen", "its file cannot be opened"],
  [15, "reopen", "its file cannot be locked"],
  [26, "reopen", "its file is damaged or no store"],
];

/** Errors of the file system, met while the folder and the file are made. */
const SYSTEM: ReadonlyMap<unknown, string> = new Map([
  ["EACCES", "no permission for its folder"],
  ["EDQUOT", "the disk is full"],
  ["EEXIST", "a file is where its folder should be"],
  ["EIO", "the disk fails (I/O error)"],
  ["ENOSPC", "the disk is full"],
  ["ENOTDIR", "a file is where its folder should be"],
  ["EPERM", "no permission for its folder"],
  ["EROFS", "its file or folder is read-only"],
]);

/** Null: the error has nothing to do with the database's state. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof Failure) return error;
  if (!(error instanceof Error)) return null;
  const { errcode, syscall, code } = error as { errcode?: unknown; syscall?: unknown; code?: unknown };
  if (typeof errcode === "number") return ofSqlite(errcode, error);
  if (typeof syscall !== "string") return null;
  return new Failure("reopen", SYSTEM.get(code) ?? `its file cannot be made (${String(code)})`, { cause: error });
}

function ofSqlite(errcode: number, cause: Error): Failure {
  const row = SQLITE.find(([code]) => code === errcode) ?? SQLITE.find(([code]) => code === (errcode & 0xff));
  const [, remedy, reason] = row ?? [errcode, "refuse" as const, `SQLite: ${cause.message} (${errcode})`];
  return new Failure(remedy, reason, { cause });
}
