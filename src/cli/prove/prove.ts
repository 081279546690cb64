import { styleText } from "node:util";
import { askStatus, STATUS_LIMIT } from "../../control/client.ts";
import { AppError, EXIT, type ExitCode } from "../../errors.ts";
import type { Snapshot } from "../../protocol/control.ts";
import type { Course } from "../../prove/account.ts";
import { runCourse, type Proving } from "../../prove/course.ts";
import { planOf, type Plan } from "../../prove/plan.ts";
import { targetsOf } from "../../prove/targets.ts";
import { judge } from "../../prove/verdict.ts";
import type { Paint } from "../../telemetry/pretty.ts";
import { chooseApp } from "../choose-app.ts";
import { writeJson, type Io } from "../io.ts";
import { openProgress } from "../progress.ts";
import type { Request } from "../verbs.ts";
import { consent } from "./consent.ts";
import { renderVerdict } from "./render-verdict.ts";

/** Reloads the app and kills its workers under load, and says what that cost its clients. Ctrl-C ends it with what is known so far. */
export async function prove(request: Request, io: Io): Promise<ExitCode> {
  const { name, socket } = await chooseApp(request.sources);
  const snapshot = await askStatus(socket, STATUS_LIMIT);
  refuseUnsteady(snapshot);
  const targets = targetsOf(snapshot);
  const address = targets.map(({ shown }) => shown).join(", ");
  const asked = planOf(request.own as Readonly<Record<string, string | undefined>>);
  const plan = killsOnlyReplaced(asked, request, snapshot, io);
  refuseIdle(plan);
  if (request.own["yes"] !== true && !(await consent(snapshot, plan, address, io))) return EXIT.failure;
  const course = await untilInterrupted({ socket, plan, targets }, io);
  const verdict = judge(course);
  if (request.json) writeJson(io, { name, address, ...plan, ...verdict });
  else io.stdout.write(renderVerdict({ course, verdict, plan, address }, io.stdout.columns ?? 80, paintFor(io)));
  if (verdict.onlyNotFound) io.stderr.write(`${nothingThere(plan)}\n`);
  return verdict.passed ? EXIT.ok : EXIT.failure;
}

async function untilInterrupted(what: Pick<Proving, "socket" | "plan" | "targets">, io: Io): Promise<Course> {
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort();
  for (const signal of SIGNALS) process.once(signal, stop);
  const progress = openProgress(io);
  try {
    const tell = progress.show.bind(progress);
    return await runCourse({ ...what, signal: interrupted.signal, now: performance.now.bind(performance), tell });
  } finally {
    progress.close();
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function paintFor({ stdout }: Io): Paint {
  return (format, text) => styleText(format, text, { stream: stdout });
}

function refuseUnsteady({ name, state }: Snapshot): void {
  if (state === "running") return;
  const message = `expected "${name}" to be running, got one that is ${state}`;
  throw new AppError("PROVE_IMPOSSIBLE", message, "Try again when `drover status` says that it is.");
}

function refuseIdle({ reloads, kills }: Plan): void {
  if (reloads + kills > 0) return;
  const message = "expected a reload or a kill at least, got --reloads 0 and --kills 0: nothing would be proved";
  throw new AppError("USAGE", message, "Leave one of them out for 3.");
}

function nothingThere({ path }: Plan): string {
  return `warning: every answer was a 404, so this says little about the app. Choose a path that it serves, got --path ${path}`;
}

/** A worker that nobody would replace is not killed. */
function killsOnlyReplaced(plan: Plan, { own }: Request, { name, restart }: Snapshot, io: Io): Plan {
  if (restart !== "never" || plan.kills === 0) return plan;
  const why = `"${name}" runs with restart "never": a killed worker would not be replaced`;
  if (own["kills"] !== undefined) throw new AppError("USAGE", `expected --kills 0, got ${plan.kills}: ${why}`);
  io.stderr.write(`${why}, so none is killed\n`);
  return { ...plan, kills: 0 };
}
