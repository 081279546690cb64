import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Loaded, LoadPlan } from "./plan.ts";

/** Runs a plan in a process of its own, so that its work is not counted as the server's. */
export async function drive(plan: LoadPlan, port: number): Promise<Loaded> {
  const script = join(import.meta.dirname, "load.ts");
  const child = spawn(process.execPath, [script, JSON.stringify(plan), String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(await text(child.stdout)) as Loaded;
}
