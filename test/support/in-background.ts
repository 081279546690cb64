import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Snapshot } from "../../src/protocol/control.ts";
import { runCli, type Answer, type Drover, type DroverOptions } from "./drover.ts";
import type { LogLine } from "./log-reader.ts";
import { isAlive } from "./proc.ts";
import { until } from "./wait.ts";

/** An app in the background, whose primary may be another one by now. */
export interface InBackground extends Pick<Drover, "home" | "verb" | "verbOf"> {
  readonly port: number;
  status(): Promise<Snapshot>;
  /** Everything in its log, of all its primaries. */
  lines(): LogLine[];
  /** The `count`th line of this event. */
  event(name: string, count?: number): Promise<LogLine>;
  /** Ends it, and answers when none of these primaries is left. */
  stop(...primaries: readonly number[]): Promise<Answer>;
}

/** Starts an app called `web` with `-d`. It is stopped at the test's end. */
export async function startInBackground(
  t: TestContext,
  entry: string,
  { flags = [], ...options }: Pick<DroverOptions, "flags" | "env" | "cli"> = {},
): Promise<InBackground> {
  // Before runCli looks for what is left.
  let running: Drover | null = null;
  t.after(() => running?.verb("stop", "web", "--now"));
  const starter = runCli(t, ["start", entry, "-d", "--name", "web", "-w", "2", "-p", "0", ...flags], options);
  running = starter;
  assert.equal((await starter.exit).code, 0, starter.log.tail());
  const { home, verb, verbOf } = starter;
  const lines = (): LogLine[] => {
    const text = readFileSync(join(home, "logs", "web.log"), "utf8")
      .split("\n")
      .slice(0, -1);
    return text.map((line) => ({ raw: line, ...JSON.parse(line) }) as LogLine);
  };
  const status = async (): Promise<Snapshot> => JSON.parse((await verb("status", "web", "--json")).stdout) as Snapshot;
  const [first] = (await status()).listeners;
  return {
    home,
    verb,
    verbOf,
    port: Number(first?.address.split(":").at(-1)),
    status,
    lines,
    event: (name, count = 1) => {
      const found = (): LogLine | undefined => lines().filter(({ event }) => event === name)[count - 1];
      return until(
        found,
        () =>
          `the event ${name}, got\n${lines()
            .slice(-20)
            .map(({ raw }) => raw)
            .join("\n")}`,
      );
    },
    stop: async (...primaries) => {
      const answer = await verb("stop", "web");
      running = null;
      await until(() => primaries.every((pid) => !isAlive(pid)), "the end of all primaries");
      return answer;
    },
  };
}
