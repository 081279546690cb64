import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Limits } from "../policy/fleet.ts";
import { restartDelay } from "../policy/restart.ts";
import type { Log } from "../telemetry/log.ts";
import type { Carry } from "./carrier.ts";
import type { Launch } from "./worker-handle.ts";

/**
 * A user's file beside the supervisor, in one process of its own, so that nothing in it can hurt the supervision: for what a
 * hand-written primary block did besides forking. Started again when it dies, with the workers' own waits; told to leave by TERM.
 */
export class PrimaryModule {
  readonly #file: string;
  readonly #launch: Launch;
  readonly #limits: Limits;
  readonly #log: Log;
  readonly #carry: Carry;
  #child: ChildProcess;
  #failures = 0;
  #again: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(file: string, launch: Launch, limits: Limits, log: Log, carry: Carry) {
    this.#file = file;
    this.#launch = launch;
    this.#limits = limits;
    this.#log = log;
    this.#carry = carry;
    this.#child = this.#start();
  }

  /** Ends it: by TERM, and by KILL after the drain timeout. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#again);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), this.#limits.drainTimeout);
    this.#child.kill("SIGTERM");
    await once(this.#child, "exit");
    clearTimeout(kill);
  }

  #start(): ChildProcess {
    const { nodeOptions, args, cwd, env, uid, gid, piped } = this.#launch;
    const output = piped ? "pipe" : "inherit";
    const child = spawn(process.execPath, [...nodeOptions, this.#file, ...args], {
      cwd,
      env: { ...env },
      stdio: ["ignore", output, output],
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    const startedAt = performance.now();
    child.once("exit", (code, signal) => this.#exited(code, signal, performance.now() - startedAt));
    child.once("error", (error) =>
      this.#log.error("primary-module-failed", {}, `${this.#file} could not start: ${error.message}`),
    );
    this.#carry({ slot: 0, pid: child.pid ?? 0, stdout: child.stdout, stderr: child.stderr });
    this.#log.info("primary-module-started", { pid: child.pid }, `primaryModule started, pid ${child.pid}`);
    return child;
  }

  #exited(code: number | null, signal: string | null, uptimeMs: number): void {
    if (this.#stopping) return;
    this.#failures = uptimeMs >= this.#limits.backoff.longest ? 0 : this.#failures + 1;
    const delayMs = restartDelay(this.#failures, this.#limits);
    const text = `primaryModule died with ${signal ?? `exit code ${code}`}, starts again in ${delayMs} ms`;
    this.#log.error("primary-module-died", { code, signal, delayMs }, text);
    this.#again = setTimeout(() => {
      this.#child = this.#start();
    }, delayMs);
  }
}
