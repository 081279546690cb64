import type { Primary } from "../../primary.ts";
import { healthFacts } from "../health-facts.ts";
import type { Notifier } from "./notifier.ts";
import { statusLine } from "./status-line.ts";

/** Between two status lines, at least. Milliseconds. */
const STATUS_EVERY = 1_000;

const WITHHELD =
  "the supervision does not do what is due: systemd gets no sign of life any more, so that it starts us anew";

/** Turns what happens to the app into what systemd is to know: sd_notify(3) lists the words. */
export class Announcer {
  readonly #primary: Primary;
  readonly #notifier: Notifier;
  /** Reloads that were asked for and have not ended. */
  #reloads = 0;
  #stopping = false;
  #withheld = false;
  #lastStatus = "";
  #saidAt = -STATUS_EVERY;
  #statusTimer: NodeJS.Timeout | null = null;
  readonly #watchdog: NodeJS.Timeout | null;
  readonly #unwatch: () => void;

  /** `watchdogUsec`: within which systemd wants a sign of life; it gets two in that time. */
  constructor(primary: Primary, notifier: Notifier, watchdogUsec: number | null) {
    this.#primary = primary;
    this.#notifier = notifier;
    this.#unwatch = primary.watch(() => this.#look());
    primary.reloads.onOrder = (outcome) => this.#reloading(outcome);
    primary.ready.then(
      () => this.#ready(),
      () => undefined,
    );
    this.#watchdog = watchdogUsec === null ? null : setInterval(() => this.#signOfLife(), watchdogUsec / 2_000).unref();
  }

  /** A successor has its ear: what is on its way arrives, and nothing after it. */
  async leave(): Promise<void> {
    this.end();
    await this.#notifier.silence();
  }

  end(): void {
    this.#unwatch();
    if (this.#watchdog) clearInterval(this.#watchdog);
    if (this.#statusTimer) clearTimeout(this.#statusTimer);
  }

  #look(): void {
    const { phase } = this.#primary.supervisor.fleet;
    // An app that cannot boot is not being stopped: its exit code says what it is.
    if (phase !== "running" && phase !== "given-up") this.#stop();
    const wait = Math.max(0, this.#saidAt + STATUS_EVERY - performance.now());
    this.#statusTimer ??= setTimeout(() => this.#say(), wait).unref();
  }

  #say(): void {
    this.#statusTimer = null;
    const before = this.#lastStatus;
    const status = this.#newStatus();
    if (status !== before) this.#notifier.status(status);
  }

  #tell(...assignments: readonly string[]): void {
    this.#notifier.state(assignments, this.#newStatus());
  }

  /** With our pid: a shell or npm between systemd and us is not who to watch and to signal. */
  #ready(): void {
    if (!this.#stopping && this.#reloads === 0) this.#tell("READY=1", `MAINPID=${process.pid}`);
  }

  /** Each order begins anew, as systemd waits for a beginning that is younger than its own signal. */
  #reloading(outcome: Promise<unknown>): void {
    if (this.#stopping) return;
    this.#reloads += 1;
    this.#tell("RELOADING=1", `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    const ended = (): void => {
      this.#reloads -= 1;
      this.#ready();
    };
    outcome.then(ended, ended);
  }

  /** A long drain is none of systemd's business as long as it is ours: it is asked to wait for all of it. */
  #stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    const { lameduck, drainTimeout, killSlack } = this.#primary.supervisor.limits;
    this.#tell("STOPPING=1", `EXTEND_TIMEOUT_USEC=${(lameduck + drainTimeout + killSlack) * 1000}`);
  }

  /** That this runs shows that the loop turns. */
  #signOfLife(): void {
    const { supervisor, world } = this.#primary;
    if (!supervisor.stuck) return this.#notifier.alive();
    if (!this.#withheld) world.log.error("watchdog-withheld", {}, WITHHELD);
    this.#withheld = true;
  }

  #newStatus(): string {
    const { supervisor, reloads, crew } = this.#primary;
    this.#saidAt = performance.now();
    this.#lastStatus = statusLine({
      ...healthFacts(this.#primary),
      generation: supervisor.fleet.generation,
      workers: crew.all().length,
      reloadFailed: reloads.last !== null && reloads.last.outcome !== "done",
    });
    return this.#lastStatus;
  }
}
