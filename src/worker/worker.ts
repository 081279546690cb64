/**
 * The inside of a worker: boot, ready, drain, exit. Started by primary/workers/worker-handle.ts; its orders come over the message channel.
 */
import { BOOT_ENV, type Boot, type ToWorker } from "../protocol/ipc.ts";
import { assumeRole } from "./app/cluster-role.ts";
import { followRequests } from "./app/culprit.ts";
import { reportBootError, reportOf } from "./app/error-report.ts";
import { reportFatalErrors } from "./app/fatal-reports.ts";
import { HeldSignals } from "./app/held-signals.ts";
import { loseNoOutput } from "./app/lose-no-output.ts";
import { hideOptions } from "./app/own-options.ts";
import { Readiness } from "./app/readiness.ts";
import { reportLoads } from "./app/report-loads.ts";
import { sayShutdown } from "./app/shutdown-message.ts";
import { isHopeless, onUncaught } from "./app/uncaught.ts";
import { Channel, type ReceivedHandle } from "./channel.ts";
import { beWatched } from "./hang/be-watched.ts";
import { closeInspector } from "./hang/inspector.ts";
import { Departure } from "./leaving/departure.ts";
import { allGone, drain } from "./leaving/drain.ts";
import { Meter } from "./metrics/meter.ts";
import { lookAround } from "./noticed/look-around.ts";
import { Serving } from "./serving.ts";
import { rescueUnread } from "./sockets/rescue.ts";
import { Heir } from "./succession/heir.ts";
import { FigureTaker } from "./traffic/figures.ts";
import { lastWords, sayLastWords } from "./traffic/last-words.ts";
import { observe } from "./traffic/observe.ts";
import { Traffic } from "./traffic/traffic.ts";

type State = "booting" | "ready" | "leaving" | "crashing";

class Worker {
  readonly #boot: Boot;
  readonly #channel = new Channel();
  readonly #signals = new HeldSignals();
  readonly #traffic = new Traffic();
  readonly #readiness: Readiness;
  readonly #serving: Serving;
  readonly #heir: Heir;
  readonly #figures = new FigureTaker(this.#traffic);
  readonly #culprit = followRequests(this.#traffic);
  /** Null: nobody can ask for metrics, or it is not yet seen what happens. */
  #meter: Meter | null = null;
  #state: State = "booting";
  /** Null: it stays. */
  #departure: Departure | null = null;

  constructor(boot: Boot) {
    this.#boot = boot;
    this.#heir = new Heir(boot.slot);
    this.#readiness = new Readiness(boot, (reason) => this.#channel.send({ type: "not-ready", reason }));
    this.#serving = new Serving(boot, this.#channel, this.#traffic, {
      opensLate: this.#readiness.isAwaited,
      stays: () => this.#state === "booting" || this.#state === "ready",
      failed: (error) => this.#failed(error),
    });
  }

  async run(): Promise<void> {
    this.#signals.hold();
    this.#signals.onSignal((signal) => this.#signalled(signal));
    loseNoOutput();
    reportFatalErrors(this.#boot.fatalReports);
    assumeRole();
    hideOptions(this.#boot.ownOptions);
    this.#channel.letGo();
    this.#channel.onMessage((message, handle) => this.#obey(message, handle));
    this.#channel.onLost(() => this.#orphaned());
    if (!this.#readiness.isAwaited) this.#observe();
    if (this.#boot.watch) reportLoads(this.#channel);
    this.#serving.install();
    this.#readiness.install();
    onUncaught((thrown) => this.#failed(thrown));
    try {
      const booted = await this.#serving.run();
      if (!this.#isBooting()) return;
      this.#channel.hold();
      await this.#readiness.reached(() => this.#serving.servers());
      if (!this.#isBooting()) return;
      if (this.#readiness.isAwaited) this.#open();
      this.#state = "ready";
      this.#serving.settle();
      this.#channel.send({ type: "ready", ...booted });
      beWatched(this.#traffic, this.#channel, this.#culprit);
    } catch (error) {
      this.#failed(error);
    }
  }

  #open(): void {
    this.#observe();
    this.#serving.open();
  }

  #observe(): void {
    observe(this.#traffic, this.#channel, this.#boot);
    process.on("exit", () => sayLastWords(this.#traffic, this.#culprit, this.#channel));
    if (this.#boot.metrics) this.#meter = new Meter(this.#traffic, this.#channel);
    process.on("exit", () => rescueUnread(this.#traffic, this.#serving.servers()));
  }

  #obey(message: ToWorker, handle: ReceivedHandle | undefined): void {
    switch (message.type) {
      case "listener":
        return this.#serving.answered(message.seq, message.errno, handle);
      case "released":
        this.#heir.released(message.key);
        return this.#serving.released(message.key);
      case "tls":
        return this.#serving.swap(message.state);
      case "is-free":
        return this.#serving.sayIfFree();
      case "step-aside":
        return this.#serving.stepAside();
      case "rejoin":
        return this.#serving.rejoin(message.key, handle);
      case "cover":
        return handle && this.#cover(message.key, message.by, handle);
      case "uncover":
        return this.#serving.uncover(message.key);
      case "heir":
        return this.#heir.inherit(message.bequest);
      case "keep":
        return this.#heir.keep(message.key, handle);
      case "adopt":
        return this.#serving.adopt(message.key, message.id, handle);
      case "close-inspector":
        return closeInspector();
      case "look":
        return void lookAround(this.#boot.entry, this.#traffic, this.#channel);
      case "drain":
        return void this.#leave(message.mode, message.except);
      case "report":
        return void this.#figures.take().then((figures) => {
          this.#channel.send({ type: "figures", seq: message.seq, ...figures });
        });
      case "scrape":
        return void this.#meter?.answer(message.seq);
    }
  }

  #cover(key: string, by: string, handle: ReceivedHandle): void {
    if (this.#state === "ready") this.#serving.cover(key, by, handle);
    else this.#serving.discard(handle);
  }

  /** TERM for this worker alone asks it to go; INT and HUP come from a terminal and are the primary's affair. */
  #signalled(signal: NodeJS.Signals): void {
    if (signal !== "SIGTERM" || this.#state === "leaving" || this.#state === "crashing") return;
    if (!process.connected) return this.#leaveAlone();
    this.#channel.send({ type: "leaving", signal });
    void this.#leave("leave");
  }

  #orphaned(): void {
    if (this.#state === "ready") this.#heir.orphaned(() => this.#leaveAlone());
    else this.#leaveAlone();
  }

  /** The primary is gone, and with it whoever would enforce the deadline. */
  #leaveAlone(): void {
    setTimeout(exit, this.#boot.timeouts.drain).unref();
    void this.#leave("leave");
  }

  /** Finishes what was accepted, then lets the app's own shutdown handlers run. The primary has the deadline. */
  async #leave(mode: "stop" | "leave", except: readonly string[] = []): Promise<void> {
    if (this.#state === "leaving" || this.#state === "crashing") return;
    this.#state = "leaving";
    this.#readiness.giveUp();
    this.#serving.settle();
    await this.#drain(mode, except);
    if (this.#isCrashing()) return;
    this.#channel.letGo();
    const appEndsIt = (this.#boot.shutdownMessage && sayShutdown()) || this.#signals.release();
    await this.#serving.closeApp();
    if (appEndsIt) return;
    await allGone(this.#traffic, this.#boot.timeouts.idle);
    process.exit();
  }

  /** Resolves when every request is answered, and that is said. A worker that crashes while it leaves goes on with the departure it has begun. */
  async #drain(mode: "stop" | "leave", except: readonly string[]): Promise<void> {
    const { idle, drain: timeLeft } = this.#boot.timeouts;
    const departure = (this.#departure ??= this.#depart());
    await drain(this.#traffic, this.#serving.servers(), { mode, except, idle, timeLeft });
    departure.answered();
    await this.#meter?.lastWord();
  }

  #depart(): Departure {
    this.#heir.giveUp();
    this.#serving.leave();
    const { drain: deadline } = this.#boot.timeouts;
    return new Departure(this.#traffic, deadline, (report) => {
      this.#channel.send({ type: "drained", ...report });
    });
  }

  #isBooting(): boolean {
    return this.#state === "booting";
  }

  #isCrashing(): boolean {
    return this.#state === "crashing";
  }

  #failed(thrown: unknown): void {
    if (this.#state === "booting") {
      this.#state = "crashing";
      const error = reportBootError(thrown, this.#boot.entry);
      return this.#channel.send({ type: "boot-failed", error, hopeless: isHopeless(thrown) }, exit);
    }
    if (this.#state === "crashing") {
      this.#departure?.soFar();
      return exit();
    }
    this.#state = "crashing";
    const said = lastWords(this.#traffic, this.#culprit);
    this.#channel.send({ type: "leaving", error: reportOf(thrown), ...said });
    // The client of the request that failed learns at once, as it would without us; the others get their answers.
    this.#culprit.cut();
    void this.#drain("leave", []).then(exit);
  }
}

function exit(): never {
  process.exit(1);
}

const boot = JSON.parse(process.env[BOOT_ENV] ?? "{}") as Boot;
Reflect.deleteProperty(process.env, BOOT_ENV);
void new Worker(boot).run();
