import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseCommandLine } from "../../src/cli/parse-command-line.ts";
import type { Request } from "../../src/cli/verbs.ts";

const io = { env: {}, cwd: "/srv/app", stdout: process.stdout, stderr: process.stderr };

interface Row {
  readonly line: string;
  readonly verb?: string;
  readonly json?: boolean;
  readonly sources?: Partial<Request["sources"]>;
  /** Default: the entry alone, where there is one. */
  readonly operands?: Request["operands"];
  readonly own?: Request["own"];
}

const rows: readonly Row[] = [
  { line: "" },
  { line: "app.ts", sources: { entry: "app.ts" } },
  { line: "start app.ts", sources: { entry: "app.ts" } },
  { line: "start config", sources: { entry: "config" } },
  { line: "start api worker", operands: ["api", "worker"] },
  { line: "./doctor", sources: { entry: "./doctor" } },
  { line: "-p 8080 app.ts", sources: { entry: "app.ts", flags: { port: "8080" } } },
  {
    line: "app.ts -p8080 -w4 -H ::1",
    sources: { entry: "app.ts", flags: { port: "8080", workers: "4", host: "::1" } },
  },
  { line: "app.ts --port=0", sources: { entry: "app.ts", flags: { port: "0" } } },
  { line: "-w -1", sources: { flags: { workers: "-1" } } },
  { line: "--node-options --watch", sources: { flags: { nodeOptions: "--watch" } } },
  { line: "--tls-key -----BEGIN", sources: { flags: { "tls.key": "-----BEGIN" } } },
  { line: "--store=--odd", sources: { flags: { store: "--odd" } } },
  { line: "-p 1 -p 2", sources: { flags: { port: "2" } } },
  { line: "--listen 1 --listen 2", sources: { flags: { listen: ["1", "2"] } } },
  { line: "--no-listen", sources: { flags: { listen: false } } },
  { line: "--listen 1 --no-listen", sources: { flags: { listen: false } } },
  { line: "--no-log-prefix --access-log", sources: { flags: { "log.prefix": false, "log.access": true } } },
  { line: "--drain-timeout 5s", sources: { flags: { "timeouts.drain": "5s" } } },
  { line: "-c web.yaml", sources: { configFile: "web.yaml" } },
  { line: "app.ts -- -p 80 start", sources: { entry: "app.ts", args: ["-p", "80", "start"] } },
  { line: "app.ts --", sources: { entry: "app.ts", args: [] } },
  { line: "-- app.ts", sources: { args: ["app.ts"] } },
  {
    line: "config print app.ts -p 1 --json",
    verb: "config print",
    json: true,
    sources: { entry: "app.ts", flags: { port: "1" } },
  },
  { line: "doctor --json", verb: "doctor", json: true },
  { line: "app.ts -d", sources: { entry: "app.ts" }, own: { detach: true } },
  { line: "logs shop -f -n 5", verb: "logs", sources: { flags: { name: "shop" } }, own: { follow: true, lines: "5" } },
  { line: "--version --json", verb: "version", json: true },
  { line: "status", verb: "status" },
  { line: "status web --json", verb: "status", json: true, sources: { flags: { name: "web" } } },
  { line: "status --name web", verb: "status", sources: { flags: { name: "web" } } },
  { line: "status --name web web", verb: "status", sources: { flags: { name: "web" } } },
  { line: "reload @my/web", verb: "reload", sources: { flags: { name: "@my/web" } } },
  { line: "scale 4", verb: "scale", operands: ["4"] },
  { line: "scale +1 web", verb: "scale", operands: ["+1"], sources: { flags: { name: "web" } } },
  { line: "scale -1", verb: "scale", operands: ["-1"] },
  { line: "scale -2 web", verb: "scale", operands: ["-2"], sources: { flags: { name: "web" } } },
  { line: "scale --name web -2", verb: "scale", operands: ["-2"], sources: { flags: { name: "web" } } },
  { line: "stop", verb: "stop" },
  { line: "stop --now web", verb: "stop", own: { now: true }, sources: { flags: { name: "web" } } },
];

suite("the command line", () => {
  for (const { line, verb = "start", json = false, sources = {}, own = {}, ...row } of rows) {
    test(`drover ${line}`, () => {
      const operands = row.operands ?? (sources.entry === undefined ? [] : [sources.entry]);
      const parsed = parseCommandLine(line === "" ? [] : line.split(" "), io);
      assert.ok("request" in parsed);
      assert.equal(parsed.verb.words, verb);
      assert.deepEqual(parsed.request, {
        json,
        operands,
        own,
        sources: { flags: {}, env: io.env, cwd: io.cwd, ...sources },
      });
    });
  }
});
