import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { binaryOf, installNodes, MAJORS, versionOf } from "./nodes.ts";

/**
 * Runs the tests under the other supported Node versions, each one as `process.execPath` and as `node` in PATH.
 * `node tools/matrix/run.ts [FILE…]`: all tests, or those named.
 */
const root = join(import.meta.dirname, "../..");

const TEST = [
  "--test",
  "--test-concurrency=3",
  "--test-reporter=spec",
  "--test-reporter-destination=stdout",
  `--test-reporter=${pathToFileURL(join(import.meta.dirname, "failures.ts")).href}`,
];

interface Outcome {
  readonly version: string;
  readonly passed: boolean;
  /** The tests that failed, to read at the end: what comes before it is thousands of lines. */
  readonly failures: string;
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
  const folder = mkdtempSync(join(tmpdir(), "drover-matrix-"));
  const list = join(folder, "failures");
  const passed = await run(node, [...TEST, `--test-reporter-destination=${list}`, ...files], env);
  const failures = readFileSync(list, "utf8");
  rmSync(folder, { recursive: true });
  return { version, passed, failures, seconds: (performance.now() - started) / 1000 };
}

await installNodes();
const files = process.argv.length > 2 ? process.argv.slice(2) : ["test/**/*.test.ts"];
const outcomes: Outcome[] = [];
for (const major of MAJORS) outcomes.push(await testUnder(binaryOf(major), files));

console.log("");
for (const { version, passed, failures, seconds } of outcomes) {
  console.log(`Node ${version}: ${passed ? "passed" : "FAILED"} in ${seconds.toFixed(0)} s\n${failures}`.trimEnd());
}
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;
