import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseCommandLine } from "../../src/cli/parse-command-line.ts";
import { startArguments } from "../../src/cli/start-arguments.ts";

const io = { env: {}, cwd: "/srv/app", stdout: process.stdout, stderr: process.stderr };

const lines: readonly string[][] = [
  ["start"],
  ["start", "api"],
  ["start", "-p", "8080", "-w", "4"],
  ["start", "-w", "-1"],
  ["start", "--listen", "1", "--listen", "2"],
  ["start", "--no-listen"],
  ["start", "--no-log-prefix", "--access-log"],
  ["start", "--node-options", "--import tsx --max-old-space-size=512"],
  ["start", "-c", "etc/web.yaml", "--name", "two words"],
  ["start", "api", "--", "-p", "80", "start"],
  ["start", "--"],
];

suite("the command line for another process says the same", () => {
  for (const line of lines) {
    test(`drover ${line.join(" ")}`, () => {
      const given = parseCommandLine(line, io);
      assert.ok("request" in given);
      const again = parseCommandLine(startArguments(given.request.sources), io);
      assert.deepEqual(again, given);
    });
  }

  test("with an app of several named", () => {
    const sources = { flags: { port: "1" }, env: {}, cwd: "/srv/app", app: "api" };
    assert.deepEqual(startArguments(sources, ["--watch"]), ["start", "api", "--port=1", "--watch"]);
  });
});
