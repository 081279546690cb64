import type { AppConfig } from "./config/config.ts";
import { AppError } from "./errors.ts";
import { nodeTooOld } from "./node-version.ts";

/** A running app, for the program that started it. Nothing here touches the program's own signals or exit. */
export interface Drover {
  /** Pids of the workers, in the order of their slots. */
  pids(): readonly number[];
  /** To the app in one worker or in all: `process.on("message")` there. A slot without a worker hears nothing. */
  send(slot: number | "all", message: unknown): void;
  /** What the app sends with `process.send()`, and from which slot. */
  on(event: "message", listener: (message: unknown, slot: number) => void): void;
  /**
   * Replaces all workers by ones with the app's code and configuration as they are now, slot by slot. Resolves with a line of what came of it.
   * @throws AppError RELOAD_FAILED when the new code fails; the old serves on
   */
  reload(): Promise<string>;
  /** Resolves when `workers` of them (at least one) are ready and the others have gone. */
  scale(workers: number): Promise<void>;
  /** Drains and ends; resolves when everything is gone. */
  stop(): Promise<void>;
}

/**
 * Runs an app on every core, with this process as its primary. Takes what a config file takes; reads the config file of the working folder and the
 * environment as the command does. Resolves when every worker is ready.
 * @throws AppError as the command would: a bad option, a taken port, an app that cannot boot, a Node below 22.18
 */
export async function start(options: AppConfig = {}): Promise<Drover> {
  const old = nodeTooOld(process.versions.node, process.execPath);
  if (old !== null) throw new AppError("NODE_TOO_OLD", old.message, old.hint);
  // Not imported at the top: an old Node could not load it, and would say something else.
  const { resolveConfig } = await import("./config/resolve.ts");
  const { assemble } = await import("./primary/run.ts");
  const { scaleTo } = await import("./primary/operation/scaling.ts");
  const sources = { flags: {}, env: process.env, cwd: process.cwd(), inline: options };
  const { found, ...resolved } = await resolveConfig(sources);
  const listeners = new Set<(message: unknown, slot: number) => void>();
  const {
    primary,
    start: begin,
    ended,
  } = await assemble(
    resolved,
    () => resolveConfig(sources),
    found,
    (message, slot) => {
      for (const listener of listeners) listener(message, slot);
    },
  );
  await begin();
  const end = ended();
  await primary.ready;
  return {
    pids: () => primary.pids(),
    send: (slot, message) => primary.send(slot, message),
    on: (_event, listener) => void listeners.add(listener),
    reload: async () => (await primary.reloads.request("reload", "reload()")).text,
    scale: async (workers) => void (await scaleTo(primary, workers, "scale()")),
    stop: () => {
      primary.stop("stop()", false);
      return end;
    },
  };
}
