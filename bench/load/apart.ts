import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** Runs a generator of this folder in a process of its own, so that its work is not counted as the server's. It is told the plan and the port, and prints what came of it. */
export async function runApart<Outcome>(script: string, plan: unknown, port: number): Promise<Outcome> {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), JSON.stringify(plan), String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(await text(child.stdout)) as Outcome;
}
