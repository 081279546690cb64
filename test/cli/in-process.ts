import { PassThrough } from "node:stream";
import type { Io } from "../../src/cli/io.ts";
import { main } from "../../src/cli/main.ts";
import type { Answer, Surroundings } from "./built-cli.ts";

/** As built-cli's, in this process: for verbs that start nothing. `run` stands in for the whole command. */
export async function drover(
  args: readonly string[],
  { cwd, env = {} }: Surroundings,
  run: typeof main = main,
): Promise<Answer> {
  const said = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof said): Io["stdout"] =>
    new PassThrough({ encoding: "utf8" }).on("data", (text: string) => (said[name] += text));
  const io = { env: { ...env }, cwd, stdout: stream("stdout"), stderr: stream("stderr") };
  const code = await run(args, io);
  return { code, ...said };
}
