import { askStatus, STATUS_LIMIT } from "../control/client.ts";
import { running } from "../control/find.ts";
import { homeOf, socketOf, type Home } from "../control/home.ts";
import { AppError, EXIT, type ExitCode } from "../errors.ts";
import type { Snapshot } from "../protocol/control.ts";
import { showBytes, showCount, showSpan, sum } from "./figures.ts";
import { writeJson, type Io } from "./io.ts";
import { addressesOf } from "./listens-on.ts";
import { alignRows } from "./table.ts";
import type { Request } from "./verbs.ts";

/** Fails when an app runs and does not say how it is. */
export async function ls(request: Request, io: Io): Promise<ExitCode> {
  const home = homeOf(io.env);
  const names = await running(home);
  const answers = await Promise.all(names.map((name) => statusOf(home, name)));
  const apps = answers.flatMap((answer) => (answer === null || answer instanceof AppError ? [] : [answer]));
  if (request.json) writeJson(io, { apps });
  else io.stdout.write(names.length === 0 ? "no app is running\n" : renderApps(apps));
  const failures = answers.filter((answer) => answer instanceof AppError);
  for (const { message } of failures) io.stderr.write(`${message}\n`);
  return failures.length === 0 ? EXIT.ok : EXIT.failure;
}

/** Null: it has ended since it was found. */
async function statusOf(home: Home, name: string): Promise<Snapshot | AppError | null> {
  try {
    return await askStatus(socketOf(home, name), STATUS_LIMIT);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code === "NOT_RUNNING" ? null : error;
  }
}

const COLUMNS = ["NAME", "STATE", "GENERATION", "WORKERS", "RESTARTS", "MEMORY", "UPTIME", "ADDRESS"];

/** The table of `drover ls`. */
export function renderApps(apps: readonly Snapshot[]): string {
  const rows = apps.map(({ name, state, generation, workers, size, uptimeMs, listeners, degraded }) => [
    name,
    degraded.length === 0 ? state : `${state}, degraded`,
    String(generation),
    `${workers.filter((worker) => worker.state === "ready").length}/${size}`,
    showCount(sum(workers.map(({ restarts }) => restarts))),
    showBytes(sum(workers.map(({ rssBytes }) => rssBytes))),
    showSpan(uptimeMs),
    addressesOf(listeners),
  ]);
  return alignRows([COLUMNS, ...rows]);
}
