import type { TestContext } from "node:test";
import { request, type Answer, type Target } from "./client.ts";

/** How often a few of them come. Milliseconds. */
const EVERY = 5;
/** The kernel's queue holds 4096: on a machine so busy that it would overflow, the next come later. */
const MOST_WAITING = 3_000;

/** Clients that each come once, on a connection of their own, whether those before them have been answered or not. */
export interface Arrivals {
  /** Of those that have been answered, or given up. */
  readonly answers: readonly Answer[];
  /** Nobody comes any more; resolves when each that came has an outcome. */
  stop(): Promise<readonly Answer[]>;
}

/** So many a second, until `stop()` or the test's end. A machine that is too busy for them makes up for it. */
export function startArrivals(t: TestContext, target: Target, rate: number): Arrivals {
  const startedAt = performance.now();
  const open: Promise<void>[] = [];
  const answers: Answer[] = [];
  const come = (): void => {
    const due = ((performance.now() - startedAt) * rate) / 1000;
    while (open.length < due && open.length - answers.length < MOST_WAITING)
      open.push(request(target, { boundMs: 60_000 }).then((answer) => void answers.push(answer)));
  };
  const timer = setInterval(come, EVERY);
  t.after(() => clearInterval(timer));
  return {
    answers,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      return answers;
    },
  };
}

/** Outcomes and how often each came; only `ok` with status 200 is well. */
export function outcomes(answers: readonly Answer[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { outcome, response, phase } of answers) {
    const what = outcome === "ok" ? `status ${response?.status}` : `${outcome} (${phase})`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}
