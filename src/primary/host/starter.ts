import { AppError, type ExitCode } from "../../errors.ts";
import type { Progress } from "../../protocol/control.ts";
import type { ToStarter } from "../../protocol/starting.ts";
import type { ToPredecessor } from "../../protocol/succession.ts";
import { brief } from "../operation/snapshot.ts";
import type { Earshot } from "../output/earshot.ts";
import type { Primary } from "../primary.ts";

/** The command that has started this process in the background, for as long as it waits to hear how that goes. */
export class Starter {
  readonly #app: string;

  constructor(app: string) {
    this.#app = app;
  }

  /** Tells it of each step until the app is ready. When it goes before that, nobody would learn how it ended: so we go too. */
  follow(primary: Primary, log: Earshot): void {
    const giveUp = (): void => primary.stop("the command that started it has gone", false);
    if (!process.connected) return giveUp();
    process.once("disconnect", giveUp);
    tellSteps(`starting ${this.#app}`, primary, log, (text) => {
      process.off("disconnect", giveUp);
      void tellParent({ type: "ready", text }).then(leave);
    });
  }
}

/** @throws the error itself when nobody waits for it any more, or it is none that a user could mend */
export async function tellFailure(error: unknown): Promise<ExitCode> {
  if (!(error instanceof AppError) || !process.connected) throw error;
  await tellError(error);
  return error.exitCode;
}

export async function tellError({ code, message, hint }: AppError): Promise<void> {
  await tellParent({ type: "failed", error: { code, message, ...(hint !== undefined && { hint }) } });
}

/** To whoever has started this process: each step of `what` until the app is ready, and then `ready` is called with the line that says so. */
export function tellSteps(what: string, primary: Primary, log: Earshot, ready: (text: string) => void): void {
  const stopListening = log.listen((_level, event, text) => {
    if (event === "ready") {
      stopListening();
      return ready(text);
    }
    // A line is said before the fleet has taken in what it tells of.
    queueMicrotask(() => void tellParent({ type: "progress", progress: progressOf(what, primary) }));
  });
}

function progressOf(what: string, primary: Primary): Progress {
  const workers = brief(primary);
  const ready = workers.filter(({ state }) => state === "ready").length;
  const text = `${what}: ${ready} of ${primary.supervisor.fleet.size} workers ready`;
  return { text, workers };
}

export function tellParent(message: ToStarter | ToPredecessor): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
  else resolve();
  return promise;
}

function leave(): void {
  if (process.connected) process.disconnect();
}
