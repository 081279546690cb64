import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Account, StrictPlan } from "./account.ts";
import type { Told } from "./strict.ts";

/** A client in a process of its own: no retries, and every request it has sent is accounted for. */
export interface StrictClient {
  /** When each worker answered it first, by what its answers call it; Unix time in milliseconds. */
  readonly workers: ReadonlyMap<string, number>;
  /** Resolves when that many workers have answered, with when the last one did; or with `null` after the bound. */
  seen(workers: number, boundMs: number): Promise<number | null>;
  /** Sends no more, and resolves when all that it has sent has ended. */
  stop(): Promise<Account>;
  /** Ends it at once. */
  abandon(): void;
}

export function strictClient(plan: StrictPlan, port: number): StrictClient {
  const child = fork(join(import.meta.dirname, "strict.ts"), [JSON.stringify(plan), String(port)]);
  const workers = new Map<string, number>();
  const account = Promise.withResolvers<Account>();
  const ended = once(child, "exit");
  child.on("message", (told: Told) => {
    if ("account" in told) account.resolve(told.account);
    else workers.set(told.worker, told.at);
  });
  return {
    workers,
    seen: async (count, boundMs) => {
      const end = performance.now() + boundMs;
      while (workers.size < count) {
        if (performance.now() > end) return null;
        await sleep(5);
      }
      return [...workers.values()][count - 1] ?? null;
    },
    stop: async () => {
      child.send("stop");
      const result = await Promise.race([account.promise, ended]);
      if (Array.isArray(result)) throw new Error("the strict client ended without its account");
      await ended;
      return result;
    },
    abandon: () => void child.kill("SIGKILL"),
  };
}
