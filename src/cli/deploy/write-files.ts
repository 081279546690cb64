import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DeployedFile } from "../../deploy/deployment.ts";
import { AppError } from "../../errors.ts";
import { makeFolders } from "../make-folders.ts";

export interface Written {
  readonly name: string;
  readonly outcome: "written" | "unchanged";
}

/**
 * Writes all of them or none: a file that is there and different was perhaps changed by hand.
 * @param force writes over it
 * @throws AppError FILE_EXISTS, FILE_UNWRITABLE
 */
export function writeFiles(folder: string, files: readonly DeployedFile[], force: boolean): readonly Written[] {
  const found = files.map((file) => ({ file, path: join(folder, file.name), text: textAt(join(folder, file.name)) }));
  const different = found.filter(({ file, text }) => text !== null && text !== file.text);
  if (different.length > 0 && !force) throw exists(different.map(({ path }) => path));
  return found.map(({ file, path, text }) => {
    if (text === file.text) return { name: file.name, outcome: "unchanged" };
    write(path, file);
    return { name: file.name, outcome: "written" };
  });
}

/** Null: nothing is there. */
function textAt(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw unwritable(path, error);
  }
}

function write(path: string, { text, executable }: DeployedFile): void {
  try {
    makeFolders(dirname(path));
    writeFileSync(path, text);
    // The mode of a file that was there before stays its own.
    if (executable) chmodSync(path, 0o755);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function exists(paths: readonly string[]): AppError {
  const hint = "Compare it with --print. To write over it: --force.";
  return new AppError("FILE_EXISTS", `expected nothing else there, got a different ${paths.join(", ")}`, hint);
}

function unwritable(path: string, error: unknown): AppError {
  const reason = (error as NodeJS.ErrnoException).code ?? String(error);
  return new AppError("FILE_UNWRITABLE", `expected to write ${path}, got ${reason}`, "Check the folder's permissions.");
}
