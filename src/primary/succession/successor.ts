import { spawn, type ChildProcess } from "node:child_process";
import { AppError, isErrorCode } from "../../errors.ts";
import type { Progress } from "../../protocol/control.ts";
import type { ToPredecessor, ToSuccessor } from "../../protocol/succession.ts";
import type { SuccessorStart } from "./again.ts";
import { listenAtStderr } from "./last-words.ts";

export type Ready = Extract<ToPredecessor, { readonly type: "ready" }>;

/** The process that is to take our place, as we see it. It outlives us. */
export class Successor {
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<Ready>();
  readonly #leads = Promise.withResolvers<void>();
  readonly #failed = Promise.withResolvers<AppError>();
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

  /** All its workers serve. @throws AppError why they do not, or why it has ended */
  ready(): Promise<Ready> {
    return this.#unlessItFails(this.#ready.promise);
  }

  /** Has it lead. Resolves when it does. @throws AppError why it cannot, or why it has ended */
  async lead(): Promise<void> {
    const message: ToSuccessor = { type: "lead" };
    this.#child.send(message, () => undefined);
    await this.#unlessItFails(this.#leads.promise);
  }

  /** It and its workers finish what they have, or `now` end without. */
  stop(now: boolean): void {
    this.#child.kill(now ? "SIGQUIT" : "SIGTERM");
  }

  /** It has said why it fails: it leads nothing, and ends by itself. */
  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /**
   * Resolves when its workers have finished what they have, and it has gone.
   * @param patience until it is killed, in milliseconds. Workers that still live then leave by themselves
   */
  async end(patience: number): Promise<void> {
    if (!this.hasFailed) this.stop(false);
    const late = setTimeout(() => this.#child.kill("SIGKILL"), patience);
    await this.#ended;
    clearTimeout(late);
  }

  /** It has gone, however. */
  async gone(): Promise<void> {
    await this.#ended;
  }

  async #unlessItFails<T>(what: Promise<T>): Promise<T> {
    const failed = Promise.race([this.#failed.promise, this.#ended]).then((error) => {
      throw error;
    });
    return await Promise.race([what, failed]);
  }

  #hear(message: ToPredecessor, events: SuccessorEvents): void {
    switch (message.type) {
      case "progress":
        return events.progress(message.progress);
      case "failed": {
        const { code, message: text, hint } = message.error;
        this.#failure ??= new AppError(isErrorCode(code) ? code : "UPGRADE_FAILED", text, hint);
        return this.#failed.resolve(this.#failure);
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
