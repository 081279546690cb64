import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BOUND_MS } from "../support/wait.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: this Node and the command as it was built last: to strip the types of its sources takes longer than what it does. */
  readonly command?: readonly [node: string, cli: string];
}

/** Runs the command to its end, with no more environment than it is given and a DROVER_HOME in its folder. */
export async function drover(args: readonly string[], { cwd, env = {}, command }: Surroundings): Promise<Answer> {
  const [node, file] = command ?? [process.execPath, cli];
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const own = { PATH: process.env["PATH"], DROVER_HOME: join(cwd, ".drover") };
  const options = { cwd, env: { ...own, ...env }, timeout: BOUND_MS };
  execFile(node, [file, ...args], options, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code ?? Number.NaN), stdout, stderr });
  });
  return await promise;
}
