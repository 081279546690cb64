import { styleText } from "node:util";
import type { Resolved } from "../config/config.ts";
import { openLog, type Log } from "../telemetry/log.ts";
import { VERSION } from "../version.ts";
import { prepareLaunch } from "./launch.ts";
import { limitsOf } from "./limits.ts";
import { forward, jsonMark, prettyMark, type Mark } from "./output.ts";
import { PrimaryModule } from "./primary-module.ts";
import { Primary } from "./primary.ts";
import { systemClock } from "./supervisor.ts";
import type { WorkerHandle } from "./worker-handle.ts";

export interface Running {
  readonly primary: Primary;
  readonly log: Log;
  /** The primary and everything beside it have ended, and all they said is written. */
  readonly ended: Promise<void>;
}

/** Starts the app with this process as its primary: its logs go to our stdout, the app's output to our stdout and stderr. */
export async function run(
  resolved: Resolved,
  found: string | null,
  onAppMessage: (message: unknown, slot: number) => void,
): Promise<Running> {
  const { config } = resolved;
  const pretty = config.log.format === "pretty" || (config.log.format === "auto" && process.stdout.isTTY);
  const log = openLog(config.log, pretty, (text) => void process.stdout.write(text));
  const carry = carrier(pretty);
  const launch = prepareLaunch(resolved, process.env);
  const primary = new Primary(resolved, launch, limitsOf(config), { clock: systemClock, log, carry, onAppMessage });
  primary.narrator.started(VERSION, found);
  await primary.start();
  const beside = config.primaryModule
    ? new PrimaryModule(config.primaryModule, launch, limitsOf(config), log, carry)
    : null;
  return { primary, log, ended: finish(primary, beside, log) };
}

async function finish(primary: Primary, beside: PrimaryModule | null, log: Log): Promise<void> {
  await primary.ended;
  await beside?.stop();
  await log.flush();
}

/** How a process's output reaches ours, each line with its slot and pid. */
export type Carrier = (source: Pick<WorkerHandle, "slot" | "pid" | "stdout" | "stderr">) => void;

/** Each worker waits for a slow terminal or pipe in a listener of its own; the default limit of 10 would warn. */
const MANY_WORKERS = 1024;

function carrier(pretty: boolean): Carrier {
  for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(MANY_WORKERS);
  return ({ slot, pid, stdout, stderr }) => {
    const mark = (name: "stdout" | "stderr"): Mark =>
      pretty ? prettyMark(slot, pid, (prefix) => styleText(paint(slot), prefix)) : jsonMark(slot, pid, name);
    if (stdout) forward(stdout, mark("stdout"), process.stdout);
    if (stderr) forward(stderr, mark("stderr"), process.stderr);
  };
}

const PAINTS = ["green", "blue", "magenta", "yellow", "cyan"] as const;

function paint(slot: number): (typeof PAINTS)[number] {
  return PAINTS[slot % PAINTS.length] ?? "green";
}
