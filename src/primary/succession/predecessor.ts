import { once } from "node:events";
import type { ToSuccessor } from "../../protocol/succession.ts";
import { VERSION } from "../../version.ts";
import { tellParent, tellSteps } from "../host/starter.ts";
import type { Earshot } from "../output/earshot.ts";
import type { Primary } from "../primary.ts";

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
    tellSteps("successor", primary, log, () => this.#try());
    await toLead();
    process.off("disconnect", giveUp);
  }

  /** As with a new generation of a reload, workers that are ready must live for a while. */
  #try(): void {
    const { supervisor, world, slots } = this.#primary;
    const before = slots.deaths;
    world.clock.after(supervisor.limits.probation, () => {
      const [death] = slots.deaths > before ? slots.lastDeaths() : [];
      if (death) return void this.#fail(`a worker died soon after it was ready: ${death.reason}`);
      const kept = world.passed.kept();
      void tellParent({ type: "ready", kept, drover: VERSION, node: process.versions.node });
    });
  }

  async #fail(message: string): Promise<void> {
    await tellParent({ type: "failed", error: { code: "UPGRADE_FAILED", message } });
    this.#primary.stop(message, false);
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
