import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Snapshot } from "../../src/protocol/control.ts";
import { readRecord, type RunRecord } from "../../src/record/record.ts";
import { runCli, type Drover } from "./drover.ts";
import { linesAcross } from "./log-files.ts";
import type { LogLine } from "./log-reader.ts";
import { until } from "./wait.ts";

/** An app that `drover start -d` has started, under the name `shop`. */
export interface Background {
  readonly starter: Drover;
  readonly port: number;
  /** Where its record is, while it has one. */
  readonly record: string;
  status(): Promise<Snapshot>;
  /** What is in the log, of this event. */
  events(name: string): readonly LogLine[];
  /** The `count`th line of this event, come already or still to come. Default: the first. */
  event(name: string, count?: number): Promise<LogLine>;
  /** The record of the primary that leads now, with all its workers ready. @param other pid of another one, which was killed */
  leads(other?: number): Promise<RunRecord>;
  /** `drover stop`. */
  stop(): Promise<void>;
}

/**
 * It is up to the test to stop the app; what a test that fails leaves is ended.
 * @param flags Where none names a config file (`-c`), which says the address then, it listens on any free port.
 */
export async function startInBackground(
  t: TestContext,
  entry: string,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Background> {
  const begun: { left?: () => unknown } = {};
  // Before runCli looks for what is left.
  t.after(() => begun.left?.());
  const anyPort = flags.includes("-c") ? [] : ["-p", "0"];
  const starter = runCli(t, ["start", entry, "-d", "--name", "shop", ...anyPort, ...flags], { env });
  assert.equal((await starter.exit).code, 0, starter.log.tail());
  const port = Number(/ ready on .*?:\/\/localhost:(\d+)/.exec(starter.log.lines[0]?.raw ?? "")?.[1]);
  const record = join(starter.home, "run", "shop.record");
  begun.left = () => existsSync(record) && starter.verb("stop", "shop", "--now");
  const log = join(starter.home, "logs", "shop.log");
  const lines = (): readonly LogLine[] =>
    linesAcross(log).map((raw): LogLine => ({ ...(JSON.parse(raw) as object), raw }));
  const isReady = (primary: number): boolean => {
    const all = lines();
    const from = all.findIndex(({ event, pid }) => event === "primary-started" && pid === primary);
    return from >= 0 && all.slice(from).some(({ event }) => event === "ready");
  };
  return {
    starter,
    port,
    record,
    status: async () => JSON.parse((await starter.verb("status", "shop", "--json")).stdout) as Snapshot,
    event: (name, count = 1) => {
      const found = (): LogLine | undefined => lines().filter(({ event }) => event === name)[count - 1];
      return until(found, () => `the event ${name}, got\n${linesAcross(log).slice(-20).join("\n")}`);
    },
    events: (name) => lines().filter(({ event }) => event === name),
    leads: (other = 0) =>
      until(
        () => {
          const now = readRecord(record);
          return now !== null && now.primary.pid !== other && isReady(now.primary.pid) && now;
        },
        () => `a primary that leads: ${linesAcross(log).slice(-20).join("\n")}`,
      ),
    stop: async () => {
      const { code, stderr } = await starter.verb("stop", "shop");
      assert.equal(code, 0, stderr);
    },
  };
}
