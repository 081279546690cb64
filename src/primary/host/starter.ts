import { AppError, type ExitCode } from "../../errors.ts";
import type { Progress } from "../../protocol/control.ts";
import type { ToStarter } from "../../protocol/starting.ts";
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
    const stopListening = log.listen((_level, event, text) => {
      if (event === "ready") {
        stopListening();
        process.off("disconnect", giveUp);
        return void this.#tell({ type: "ready", text }).then(leave);
      }
      // A line is said before the fleet has taken in what it tells of.
      queueMicrotask(() => void this.#tell({ type: "progress", progress: this.#progressOf(primary) }));
    });
  }

  /** @throws the error itself when nobody waits for it any more, or it is none that a user could mend */
  async failed(error: unknown): Promise<ExitCode> {
    if (!(error instanceof AppError) || !process.connected) throw error;
    const { code, message, hint } = error;
    await this.#tell({ type: "failed", error: { code, message, ...(hint !== undefined && { hint }) } });
    return error.exitCode;
  }

  #progressOf(primary: Primary): Progress {
    const workers = brief(primary);
    const ready = workers.filter(({ state }) => state === "ready").length;
    const text = `starting ${this.#app}: ${ready} of ${primary.supervisor.fleet.size} workers ready`;
    return { text, workers };
  }

  #tell(message: ToStarter): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
    return promise;
  }
}

function leave(): void {
  if (process.connected) process.disconnect();
}
