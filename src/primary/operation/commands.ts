import { AppError } from "../../errors.ts";
import type { Command, Progress, Result, Served } from "../../protocol/control.ts";
import { count } from "../../telemetry/words.ts";
import type { Earshot } from "../output/earshot.ts";
import { PROVED } from "../output/narrator.ts";
import type { Primary } from "../primary.ts";
import type { Upgrades } from "../succession/upgrades.ts";
import { Followers } from "./followers.ts";
import { showLedger } from "./ledger.ts";
import { scaleTo } from "./scaling.ts";
import { brief, takeSnapshot, type Surroundings } from "./snapshot.ts";

export interface CommandOptions {
  readonly surroundings: () => Surroundings;
  /** Opens the log file anew. */
  readonly reopen: () => Promise<void>;
  /** Has the primary that took this one's place carry it out. */
  readonly passOn: (command: Command, tell: Tell, gone: AbortSignal) => Promise<Result>;
  readonly upgrades: () => Upgrades;
}

type Tell = (told: Progress | Served) => void;

/** What a successor that is just starting would know nothing of. */
const NOT_MEANWHILE: ReadonlySet<string> = new Set(["reload", "restart", "scale", "drain", "undrain"]);

/** What these lines say is the command's own answer. */
const OUTCOMES: ReadonlySet<string> = new Set([
  "reloaded",
  "reload-rolled-back",
  "reload-refused",
  "stopped",
  "upgraded",
  "upgrade-refused",
  "upgrade-failed",
]);

const NO_CERTIFICATES = "no certificates: Drover does not speak HTTPS for this app";

/** The one door: whatever a verb, a signal or the file watcher asks of the running app is asked here. */
export class Commands {
  readonly #primary: Primary;
  readonly #log: Earshot;
  readonly #options: CommandOptions;
  readonly #followers: Followers;

  constructor(primary: Primary, log: Earshot, options: CommandOptions) {
    this.#primary = primary;
    this.#log = log;
    this.#options = options;
    this.#followers = new Followers(primary);
  }

  /**
   * Resolves when the command has come to its end, not when it is accepted.
   * @param why who asked, for the log
   * @param gone who follows does so no more
   * @throws AppError when it failed; what served before serves on
   */
  async execute(
    command: Command,
    why: string,
    tell: Tell = () => undefined,
    gone: AbortSignal = new AbortController().signal,
  ): Promise<Result> {
    if (this.#primary.survivor?.leads) return await this.#options.passOn(command, tell, gone);
    // Of the steps on the way it wants to hear nothing.
    if (command.verb === "follow") return await this.#followers.follow(tell, gone);
    const stopListening = this.#log.listen((level, event, text) => {
      if (level === "debug" || OUTCOMES.has(event)) return;
      // A line is said before the fleet has taken in what it tells of.
      queueMicrotask(() => tell({ text, workers: brief(this.#primary) }));
    });
    try {
      return await this.#execute(command, why, tell);
    } finally {
      stopListening();
    }
  }

  async #execute(command: Exclude<Command, { verb: "follow" }>, why: string, tell: Tell): Promise<Result> {
    if (NOT_MEANWHILE.has(command.verb) && this.#options.upgrades().isUnderWay) throw upgrading(command);
    switch (command.verb) {
      case "status":
        return this.#status();
      case "reload":
      case "restart":
        return { verb: command.verb, ...(await this.#primary.reloads.request(command.verb, why)) };
      case "upgrade":
        return { verb: "upgrade", ...(await this.#options.upgrades().request(command.program, why, tell)) };
      case "scale":
        return this.#scale(command.to ?? this.#primary.supervisor.fleet.size + (command.by ?? 0), why);
      case "stop":
        return this.#stop(command.now, why);
      case "drain":
      case "undrain":
        return this.#withdraw(command.verb);
      case "reopen":
        return this.#reopen();
      case "kill":
        return this.#kill(command.pid);
      case "certificates":
        return this.#certificates();
      case "renew":
        return await this.#renew(command.names);
    }
  }

  async #status(): Promise<Result> {
    const snapshot = await takeSnapshot(this.#primary, this.#options.surroundings());
    return { verb: "status", text: `${snapshot.name} is ${snapshot.state}`, snapshot };
  }

  #certificates(): Result {
    const certificates = this.#primary.tls.status(this.#primary.supervisor.fleet.generation);
    const text = certificates.length === 0 ? NO_CERTIFICATES : count(certificates.length, "certificate");
    return { verb: "certificates", text, certificates };
  }

  async #renew(names: readonly string[]): Promise<Result> {
    // Names are proved by workers that listen.
    await this.#primary.until(() => this.#primary.announced || this.#primary.stopping);
    return { verb: "renew", text: await this.#primary.tls.renew(names) };
  }

  async #scale(size: number, why: string): Promise<Result> {
    if (this.#primary.stopping) throw new AppError("STOPPING", "the app is being stopped");
    const workers = await scaleTo(this.#primary, size, why);
    const floor = size < 1 ? ", the least there can be" : "";
    return { verb: "scale", text: `${count(workers, "worker")}${floor}`, workers };
  }

  async #stop(now: boolean, why: string): Promise<Result> {
    this.#primary.stop(why, now);
    const { ledger } = await this.#primary.ended;
    return { verb: "stop", text: `stopped: ${showLedger(ledger)}`, ledger };
  }

  #kill(pid: number): Result {
    const member = this.#primary.crew.all().find(({ handle }) => handle.pid === pid);
    if (!member)
      throw new AppError("PROVE_IMPOSSIBLE", `expected the pid of a worker, got ${pid}, which is none any more`);
    member.killReason = PROVED;
    member.handle.kill();
    return { verb: "kill", text: `worker ${member.handle.slot} is killed, pid ${pid}` };
  }

  async #reopen(): Promise<Result> {
    const { logFile } = this.#options.surroundings();
    await this.#options.reopen();
    const text = logFile === null ? "there is no log file: the app writes to stdout" : `${logFile} was opened anew`;
    return { verb: "reopen", text };
  }

  #withdraw(verb: "drain" | "undrain"): Result {
    const withdrawn = verb === "drain";
    this.#primary.withdraw(withdrawn);
    const text = withdrawn
      ? "drained: /readyz says no, and what still comes is served until undrain or stop"
      : "undrained: /readyz says yes again";
    const unheard =
      this.#options.surroundings().admin === null ? "; no health endpoint is there to say it: set admin" : "";
    return { verb, text: text + unheard };
  }
}

function upgrading({ verb }: Command): AppError {
  const message = `expected no upgrade to be under way for a ${verb}, got one`;
  return new AppError("UPGRADING", message, "Wait for its end: the log says `upgraded` or `upgrade-failed`.");
}
