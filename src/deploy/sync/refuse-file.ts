import { readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../../errors.ts";

/** @throws AppError USAGE for a path where no upstream file can be kept, or where another file is: `objection` says why */
export function refuseFile(path: string, objection: (text: string) => string | null): void {
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw refused(`expected a file in a folder that is there, got no folder ${folder}`);
  const why = objection(textAt(path));
  if (why !== null) throw refused(`${why} in ${path}`);
}

function textAt(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "";
    throw refused(`expected a file that can be read, got ${code} from ${path}`);
  }
}

function refused(message: string): AppError {
  const hint =
    "Name the file that drover deploy nginx --split-upstream has written, NAME-upstream.conf, where nginx includes it.";
  return new AppError("USAGE", `flag --sync: ${message}`, hint);
}
