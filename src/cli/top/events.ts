import type { Snapshot, WorkerStatus } from "../../protocol/control.ts";

/** What has happened to the app. */
export interface Event {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: "well" | "change" | "trouble";
  readonly text: string;
}

/**
 * What lies between two snapshots, as far as the second one tells; before the first one only what that tells of the past.
 * @param now Milliseconds since the epoch, of what has no time of its own.
 */
export function eventsBetween(before: Snapshot | null, after: Snapshot, now: number): readonly Event[] {
  const told = [...exits(before, after), ...reloads(before, after)];
  if (before !== null) told.push(...changes(before, after).map(([kind, text]) => ({ at: now, kind, text })));
  return told.toSorted((a, b) => a.at - b.at);
}

function exits(before: Snapshot | null, { workers }: Snapshot): readonly Event[] {
  const known = new Set(before?.workers.map(({ lastExit }) => lastExit?.pid));
  return workers.flatMap(({ slot, lastExit }) => {
    if (lastExit === null || known.has(lastExit.pid)) return [];
    const { at, pid, reason, error } = lastExit;
    const [said = ""] = error?.message.split("\n") ?? [];
    const cause = error === null || reason.includes(said) ? "" : `: ${error.name}: ${said}`;
    return [{ at, kind: "trouble", text: `worker ${slot}, pid ${pid}, died: ${reason}${cause}` } as const];
  });
}

function reloads(before: Snapshot | null, { lastReload }: Snapshot): readonly Event[] {
  if (lastReload === null || lastReload.at === before?.lastReload?.at) return [];
  const { at, outcome, text } = lastReload;
  return [{ at, kind: outcome === "done" ? "well" : "trouble", text }];
}

type Change = readonly [kind: Event["kind"], text: string];

function changes(before: Snapshot, after: Snapshot): readonly Change[] {
  const found: Change[] = [];
  if (before.pid !== after.pid)
    found.push(["change", `another primary serves: pid ${after.pid}, Drover ${after.drover}`]);
  if (before.size !== after.size)
    found.push(["change", `${after.size} workers are wanted, ${before.size} were before`]);
  if (after.reload !== null && before.reload?.phase !== after.reload.phase)
    found.push(["change", reloadText(after.reload)]);
  if (before.state !== after.state && QUIET[after.state] === undefined)
    found.push(["change", `the app is ${after.state}`]);
  found.push(
    ...newlyReady(before, after).map(({ slot, pid, generation }): Change => [
      "well",
      `worker ${slot} ready, pid ${pid}, generation ${generation}`,
    ]),
  );
  found.push(...stores(before, after));
  return found;
}

/** Events of their own tell of these. */
const QUIET: Readonly<Record<string, true>> = { running: true, reloading: true };

const PHASES: Readonly<Record<string, string>> = {
  trial: "its first worker is on trial",
  roll: "slot by slot",
  back: "goes back",
  tail: "the last old workers finish",
};

function reloadText({ from, to, phase }: NonNullable<Snapshot["reload"]>): string {
  return `reload from generation ${from} to ${to}: ${PHASES[phase] ?? phase}`;
}

function newlyReady(before: Snapshot, after: Snapshot): readonly WorkerStatus[] {
  const ready = new Set(before.workers.filter(({ state }) => state !== "starting").map(({ pid }) => pid));
  return after.workers.filter(({ pid, state }) => state === "ready" && !ready.has(pid));
}

function stores(before: Snapshot, after: Snapshot): readonly Change[] {
  const [former, now] = [before, after].map(({ degraded }) => new Set(degraded.map(({ store }) => store)));
  const away = after.degraded.filter(({ store }) => former?.has(store) === false);
  const back = [...(former ?? [])].filter((store) => now?.has(store) === false);
  return [
    ...away.map(({ store, reason }): Change => ["trouble", `store ${store}: ${reason}`]),
    ...back.map((store): Change => ["well", `store ${store} does its work again`]),
  ];
}
