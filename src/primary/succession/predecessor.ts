import { once } from "node:events";
import { AppError } from "../../errors.ts";
import type { ToSuccessor } from "../../protocol/succession.ts";
import { VERSION } from "../../version.ts";
import { tellError, tellParent, tellSteps } from "../host/starter.ts";
import type { Earshot } from "../output/earshot.ts";
import type { Primary } from "../primary.ts";
import { Trial } from "./trial.ts";

/** The primary whose place this one takes: it leads until we are ready, and goes when its workers have drained. */
export class Predecessor {
  readonly #primary: Primary;
  /** It has ended, however. */
  readonly end: Promise<unknown>;
  #leads = false;

  constructor(primary: Primary) {
    this.#primary = primary;
    this.end = process.connected ? once(process, "disconnect") : Promise.resolve();
  }

  /** Tells it of each step, and resolves when it has let go. Should it go before that, it was stopped, or somebody else takes its place: we go, too. */
  async release(log: Earshot): Promise<void> {
    const primary = this.#primary;
    const giveUp = (): void => primary.stop("the primary whose place it was to take has gone", false);
    if (!process.connected) giveUp();
    process.once("disconnect", giveUp);
    const { supervisor, world } = primary;
    const trial = new Trial(world.clock, supervisor.limits.probation, (error) => void this.#fail(error));
    primary.trial = trial;
    tellSteps("successor", primary, log, () => trial.ready(() => void this.#passed()));
    await toLead();
    process.off("disconnect", giveUp);
  }

  async #passed(): Promise<void> {
    const kept = this.#primary.world.passed.kept();
    await tellParent({ type: "ready", kept, drover: VERSION, node: process.versions.node });
  }

  async #fail(error: AppError): Promise<void> {
    // The deaths of a stop are nobody's failure.
    if (this.#primary.stopping) return;
    await this.failed(error);
    this.#primary.stop("a worker has died, so it does not take the place of the primary before", false);
  }

  /** It may lead again at once: what only one may have is free. */
  async failed(error: Error): Promise<void> {
    await tellError(error instanceof AppError ? error : new AppError("UPGRADE_FAILED", error.message));
  }

  /** From here on a stop is for both. */
  async succeeded(): Promise<void> {
    this.#leads = true;
    this.#primary.kin = this;
    void this.end.then(() => (this.#primary.kin = null));
    await tellParent({ type: "leads" });
  }

  stop(now: boolean): void {
    void tellParent({ type: "stop", now });
  }

  /** Where we lead: its workers have drained, and it has ended. */
  async gone(): Promise<void> {
    if (this.#leads) await this.end;
  }
}

async function toLead(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.on("message", (message: ToSuccessor) => {
    if (message.type === "lead") resolve();
  });
  await promise;
}
