import { spawn, type ChildProcess } from "node:child_process";
import { AppError, isErrorCode } from "../../errors.ts";
import type { Progress } from "../../protocol/control.ts";
import type { ToPredecessor, ToSuccessor } from "../../protocol/succession.ts";
import type { SuccessorStart } from "./again.ts";
import { listenAtStderr } from "./last-words.ts";

export type Ready = Extract<ToPredecessor, { readonly type: "ready" }>;

/** From the order to end to the kill. Milliseconds. */
const PATIENCE = 5_000;

/** The process that is to take our place, as we see it. It outlives us. */
export class Successor {
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<Ready>();
  readonly #leads = Promise.withResolvers<void>();
  readonly #ended: Promise<AppError>;
  #failure: AppError | null = null;

  constructor({ node, argv, cwd, env, detached, fds }: SuccessorStart, events: SuccessorEvents) {
    const heardAtStderr = listenAtStderr();
    this.#child = spawn(node, [...argv], {
      cwd,
      env,
      detached,
      stdio: ["ignore", "inherit", "inherit", "ipc", ...fds],
    });
    this.#ended = this.#end(heardAtStderr);
    this.#child.on("message", (message: ToPredecessor) => this.#hear(message, events));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** All its workers serve. @throws AppError why it has ended instead */
  ready(): Promise<Ready> {
    return this.#beforeItEnds(this.#ready.promise);
  }

  /** Has it lead. Resolves when it does. @throws AppError why it has ended instead */
  async lead(): Promise<void> {
    const message: ToSuccessor = { type: "lead" };
    this.#child.send(message, () => undefined);
    await this.#beforeItEnds(this.#leads.promise);
  }

  /** It and its workers finish what they have, or `now` end without. */
  stop(now: boolean): void {
    this.#child.kill(now ? "SIGQUIT" : "SIGTERM");
  }

  /** Ends it, and resolves when it has gone. */
  async end(): Promise<void> {
    this.stop(true);
    const late = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE);
    await this.#ended;
    clearTimeout(late);
  }

  /** It has gone, however. */
  async gone(): Promise<void> {
    await this.#ended;
  }

  async #beforeItEnds<T>(what: Promise<T>): Promise<T> {
    const ended = this.#ended.then((error) => {
      throw error;
    });
    return await Promise.race([what, ended]);
  }

  #hear(message: ToPredecessor, events: SuccessorEvents): void {
    switch (message.type) {
      case "progress":
        return events.progress(message.progress);
      case "failed": {
        const { code, message: text, hint } = message.error;
        this.#failure = new AppError(isErrorCode(code) ? code : "UPGRADE_FAILED", text, hint);
        return;
      }
      case "ready":
        return this.#ready.resolve(message);
      case "leads":
        return this.#leads.resolve();
      case "stop":
        return events.stop(message.now);
    }
  }

  /** Why. Its last message may come after its exit. */
  async #end(heardAtStderr: () => string): Promise<AppError> {
    const child = this.#child;
    const heard = new Promise<void>((resolve) => child.once("disconnect", resolve));
    const why = await new Promise<string>((resolve) => {
      child.once("exit", (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code}`}`));
      child.on("error", (error) => child.pid === undefined && resolve(`it could not be started: ${error.message}`));
    });
    if (child.pid !== undefined) await heard;
    const said = heardAtStderr();
    return this.#failure ?? new AppError("UPGRADE_FAILED", said === "" ? why : `${why}\n${said}`);
  }
}

export interface SuccessorEvents {
  readonly progress: (progress: Progress) => void;
  /** The app is being stopped. */
  readonly stop: (now: boolean) => void;
}
