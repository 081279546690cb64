import { setTimeout as sleep } from "node:timers/promises";
import type { Outcome, StrictPlan } from "../load/account.ts";
import { strictClient, type StrictClient } from "../load/strict-client.ts";
import { median } from "../statistics.ts";
import { get, type Subject } from "../subject.ts";
import type { FigureId } from "./figures.ts";
import type { Run } from "./workload.ts";

const PLAN: StrictPlan = { perSecond: 400, kept: 32, boundMs: 5000 };
/** For what comes after an event: a connection kept by a client is used again about every 160 ms. */
const AFTER_MS = 500;
const START_LIMIT_MS = 10_000;

const FIGURE_OF: Readonly<Record<Exclude<Outcome, "right">, FigureId>> = {
  wrong: "wrong",
  refused: "refused",
  reset: "reset",
  cut: "cut short",
  hung: "hung",
};

/** What happens to a peer under load, once. Resolves with its milliseconds, or with `null` when it did not end within its bound. */
export type Mishap = (subject: Subject, client: StrictClient) => Promise<number | null>;

export const STRICT_NOTE =
  `A strict client sends ${PLAN.perSecond} requests a second by the clock, whether or not it is answered, and never sends one twice: half of them, by chance, ` +
  `POSTs that come back after 30 ms, compared byte for byte; half on connections of their own, half in turn on ${PLAN.kept} that it keeps. ` +
  `A request without its whole answer after ${PLAN.boundMs / 1000} s has hung. *lost* is all that were not answered right, per event, and the columns beside it say why.`;

/** The figures of some mishaps in a row: how much was lost in each on average, and the median of how long they took. */
export function losses(mishap: Mishap, { events, took }: { readonly events: number; readonly took: FigureId }) {
  return async (subject: Subject, scale: number): Promise<Run> => {
    const client = strictClient(PLAN, subject.port);
    try {
      if ((await client.seen(subject.workers, START_LIMIT_MS)) === null) throw new Error("not every worker answers");
      const times: (number | null)[] = [];
      // One that does not recover is not hit again: it would soon have nothing left.
      while (times.length < Math.ceil(events * scale) && times.at(-1) !== null) {
        times.push(await mishap(subject, client));
        await sleep(AFTER_MS);
      }
      const { sent, outcomes, p99, max } = await client.stop();
      const causes = (Object.keys(FIGURE_OF) as (keyof typeof FIGURE_OF)[]).map((cause) => [
        FIGURE_OF[cause],
        outcomes[cause] / times.length,
      ]);
      const recovered = times.filter((time) => time !== null);
      return {
        sent,
        lost: (sent - outcomes.right) / times.length,
        ...(Object.fromEntries(causes) as Run),
        "p99 ms": p99,
        "max ms": max,
        ...(recovered.length === times.length && { [took]: median(recovered) }),
      };
    } finally {
      client.abandon();
    }
  };
}

/**
 * One request to that path, which does harm to its worker. It is not waited for: who accepts for the worker may never let go of a connection that died with
 * it. Resolves as {@link recovery}.
 */
export async function harm(path: string, { open }: Subject, client: StrictClient, boundMs: number) {
  const since = now();
  const known = client.workers.size;
  const socket = open();
  void get(socket, path);
  const took = await recovery(client, known, since, boundMs);
  socket.destroy();
  return took;
}

/** Milliseconds from `since` until one more worker than before has answered. */
export async function recovery(client: StrictClient, known: number, since: number, boundMs: number) {
  const at = await client.seen(known + 1, boundMs);
  return at === null ? null : at - since;
}

/** Unix time in milliseconds, as precise as a process has it. */
export const now = (): number => performance.timeOrigin + performance.now();
