import { spawn, type ChildProcess } from "node:child_process";
import { ownFile } from "../../own-files.ts";
import type { Limits } from "../../policy/fleet.ts";
import { restartDelay } from "../../policy/restart.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Carry } from "../output/carrier.ts";
import type { Launch } from "../workers/worker-handle.ts";

/** Ends the module's process when we are gone. */
const PRELOAD = ownFile("worker/beside");

/**
 * A user's file beside the supervisor, in one process of its own, so that nothing in it can hurt the supervision: for what a
 * hand-written primary block did besides forking. Started again when it dies, with the workers' own waits; it ends with us.
 */
export class PrimaryModule {
  readonly #file: string;
  readonly #launch: Launch;
  readonly #limits: Limits;
  readonly #log: Log;
  readonly #carry: Carry;
  /** `null` between a death and the next start. */
  #child: ChildProcess | null = null;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  readonly #gone = Promise.withResolvers<void>();

  constructor(file: string, launch: Launch, limits: Limits, log: Log, carry: Carry) {
    this.#file = file;
    this.#launch = launch;
    this.#limits = limits;
    this.#log = log;
    this.#carry = carry;
    this.#start();
  }

  /** 0 while there is none. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /**
   * Ends it, and resolves when it is gone: by TERM, and by KILL when the drain timeout since the first call is over; `now`: by KILL.
   * May be called again, to wait or to hurry.
   */
  stop(now: boolean): Promise<void> {
    if (!this.#stopping) this.#beginStop();
    if (now) this.#child?.kill("SIGKILL");
    return this.#gone.promise;
  }

  #beginStop(): void {
    this.#stopping = true;
    clearTimeout(this.#timer);
    if (!this.#child) return this.#gone.resolve();
    this.#child.kill("SIGTERM");
    this.#timer = setTimeout(() => this.#overdue(), this.#limits.drainTimeout);
  }

  #overdue(): void {
    const text = `primaryModule killed: still ran ${this.#limits.drainTimeout / 1000} s after it was told to leave`;
    this.#log.error("primary-module-killed", { pid: this.#child?.pid }, text);
    this.#child?.kill("SIGKILL");
  }

  #start(): void {
    const startedAt = performance.now();
    try {
      const child = this.#spawn();
      this.#child = child;
      child.once("spawn", () => this.#started(child));
      child.once("exit", (code, signal) =>
        this.#ended(signal ?? `exit code ${code}`, { code, signal }, performance.now() - startedAt),
      );
      child.on("error", (error) => {
        if (child.pid === undefined) this.#notStarted(error);
      });
    } catch (error) {
      // Node reports only some failures of spawn by event.
      this.#notStarted(error as Error);
    }
  }

  #spawn(): ChildProcess {
    const { nodeOptions, args, cwd, env, uid, gid, piped } = this.#launch;
    const output = piped ? "pipe" : "inherit";
    // In the address, not in the environment: that would reach the module's own children.
    const preload = `${PRELOAD.href}?drain=${this.#limits.drainTimeout}`;
    return spawn(process.execPath, ["--import", preload, ...nodeOptions, this.#file, ...args], {
      cwd,
      env: { ...env },
      // The channel carries no messages: its end tells the module's process that we are gone.
      stdio: ["ignore", output, output, "ipc"],
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
  }

  #started({ pid = 0, stdout, stderr }: ChildProcess): void {
    this.#carry({ slot: 0, pid, stdout, stderr });
    this.#log.info("primary-module-started", { pid }, `primaryModule started, pid ${pid}`);
  }

  #notStarted(error: Error): void {
    this.#ended(`${this.#file} could not start: ${error.message}`, { code: null, signal: null }, 0);
  }

  #ended(reason: string, end: { code: number | null; signal: NodeJS.Signals | null }, uptimeMs: number): void {
    this.#child = null;
    if (this.#stopping) {
      clearTimeout(this.#timer);
      return this.#gone.resolve();
    }
    this.#failures = uptimeMs >= this.#limits.backoff.longest ? 0 : this.#failures + 1;
    const delayMs = restartDelay(this.#failures, this.#limits);
    const text = `primaryModule died: ${reason}, starts again in ${delayMs} ms`;
    this.#log.error("primary-module-died", { ...end, reason, delayMs }, text);
    this.#timer = setTimeout(() => this.#start(), delayMs);
  }
}
