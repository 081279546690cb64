import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, dirname, join } from "node:path";
import { binaryOf, installNodes, MAJORS, versionOf } from "./nodes.ts";

/**
 * Runs the tests under the other supported Node versions, each one as `process.execPath` and as `node` in PATH.
 * `node tools/matrix/run.ts [FILE…]`: all tests, or those named.
 */
const root = join(import.meta.dirname, "../..");

interface Outcome {
  readonly version: string;
  readonly passed: boolean;
  readonly seconds: number;
}

async function run(command: string, args: readonly string[], env = process.env): Promise<boolean> {
  const child = spawn(command, args, { cwd: root, env, stdio: "inherit" });
  const [code] = await once(child, "exit");
  return code === 0;
}

async function testUnder(node: string, files: readonly string[]): Promise<Outcome> {
  const version = await versionOf(node);
  console.log(`\n── Node ${version} (${node})`);
  const started = performance.now();
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  const passed = await run(node, ["--test", "--test-reporter=spec", "--test-concurrency=3", ...files], env);
  return { version, passed, seconds: (performance.now() - started) / 1000 };
}

await installNodes();
const files = process.argv.length > 2 ? process.argv.slice(2) : ["test/**/*.test.ts"];
const outcomes: Outcome[] = [];
for (const major of MAJORS) outcomes.push(await testUnder(binaryOf(major), files));

console.log("");
for (const { version, passed, seconds } of outcomes) {
  console.log(`Node ${version}: ${passed ? "passed" : "FAILED"} in ${seconds.toFixed(0)} s`);
}
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;
