import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** The pid of a process's parent; null: there is no such process here. */
export async function parentOf(pid: number): Promise<number | null> {
  try {
    if (process.platform !== "linux") return await parentByPs(pid);
    // The command's name may hold spaces and parentheses: the fields begin after its last one.
    const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ").at(-1)?.split(" ");
    return Number(fields?.[1]);
  } catch {
    return null;
  }
}

async function parentByPs(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-o", "ppid=", "-p", String(pid)]);
  return Number(stdout);
}
