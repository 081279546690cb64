import { CAUSES, type Cause, type Course, type Deed, type Ended } from "./account.ts";

/** Every request, accounted for: `sent` is what was answered, lost, cut by kills and abandoned. Times in milliseconds. */
export interface Verdict {
  /** Nothing was lost, and all that was to be done has been done. */
  readonly passed: boolean;
  readonly ms: number;
  readonly sent: number;
  /** By status: `{ "200": 4000 }`. */
  readonly answered: Readonly<Record<string, number>>;
  /** Statuses below 500 among them that the app did not give before anything was done to it. */
  readonly unusual: readonly string[];
  /** Every answer was a 404: the app has nothing at that path, as far as that can be told. */
  readonly onlyNotFound: boolean;
  readonly lost: Readonly<Record<Cause, number>>;
  /** Under way on a worker when that was killed: no server can answer those. Not in `lost`. */
  readonly cutByKills: number;
  readonly abandoned: number;
  /** Lost ones by what was done at the time; those of no deed are `lostInCalm`. */
  readonly deeds: readonly Judged[];
  readonly lostInCalm: number;
  readonly cutShort: string | null;
}

export type Judged = { readonly lost: number } & (
  | { readonly type: "reload"; readonly ms: number; readonly error: string | null }
  | {
      readonly type: "kill";
      readonly slot: number;
      readonly pid: number;
      readonly cut: number;
      /** From the kill until its slot was ready again; null: it was not. */
      readonly recoveredMs: number | null;
    }
);

export function judge(course: Course): Verdict {
  const { start, end, ended, abandoned, deeds, cutShort } = course;
  const fates = fatesOf(course);
  const lostOf = (deed: Deed | null): number =>
    fates.filter((fate) => fate.type === "lost" && fate.deed === deed).length;
  const lost = countBy(
    CAUSES,
    fates.flatMap((fate) => (fate.type === "lost" ? [fate.cause] : [])),
  );
  const answers = fates.flatMap((fate) => (fate.type === "answered" ? [String(fate.status)] : []));
  const answered = countBy([...new Set(answers)].toSorted(), answers);
  const usual = usualStatuses(course);
  const judged = deeds.map((deed): Judged => {
    if (deed.type === "reload")
      return { type: "reload", ms: round(deed.until - deed.at), error: deed.error, lost: lostOf(deed) };
    const { slot, pid, at, until } = deed;
    const cut = fates.filter((fate) => fate.type === "cut" && fate.deed === deed).length;
    return { type: "kill", slot, pid, recoveredMs: until === null ? null : round(until - at), cut, lost: lostOf(deed) };
  });
  const well = judged.every((deed) => (deed.type === "reload" ? deed.error === null : deed.recoveredMs !== null));
  return {
    passed: fates.every((fate) => fate.type !== "lost") && well && cutShort === null,
    ms: round(end - start),
    sent: ended.length + abandoned,
    answered,
    unusual: Object.keys(answered).filter((status) => Number(status) < 500 && !usual.has(Number(status))),
    onlyNotFound: answers.length > 0 && answers.every((status) => status === "404"),
    lost,
    cutByKills: fates.filter(({ type }) => type === "cut").length,
    abandoned,
    deeds: judged,
    lostInCalm: lostOf(null),
    cutShort,
  };
}

/** `deed`: what was done to the app meanwhile; null: nothing. */
export type Fate =
  | { readonly type: "answered"; readonly status: number }
  | { readonly type: "cut"; readonly deed: Deed }
  | { readonly type: "lost"; readonly cause: Cause; readonly deed: Deed | null };

/** In the order of `ended`. */
export function fatesOf(course: Course): readonly Fate[] {
  const usual = usualStatuses(course);
  return course.ended.map((one): Fate => {
    const { status, cause } = one;
    if (status !== null && (status < 500 || usual.has(status))) return { type: "answered", status };
    const killed = course.deeds.find((deed) => wentWith(one, deed));
    if (killed) return { type: "cut", deed: killed };
    return { type: "lost", cause: cause ?? "failed", deed: course.deeds.find((deed) => meets(one, deed)) ?? null };
  });
}

function usualStatuses({ ended, calmUntil }: Course): ReadonlySet<number> {
  return new Set(ended.flatMap(({ endedAt, status }) => (endedAt <= calmUntil && status !== null ? [status] : [])));
}

/** It was under way when the worker was killed, or was sent before its end could be seen, and its connection ended with that. */
function wentWith({ sentAt, endedAt, cause }: Ended, deed: Deed): boolean {
  if (deed.type !== "kill" || (cause !== "reset" && cause !== "truncated")) return false;
  return sentAt <= deed.goneAt && endedAt >= deed.at;
}

function meets({ sentAt, endedAt }: Ended, { at, until }: Deed): boolean {
  return endedAt >= at && (until === null || sentAt <= until);
}

function countBy<Key extends string>(keys: readonly Key[], found: readonly Key[]): Record<Key, number> {
  const counts = Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
  for (const key of found) counts[key] += 1;
  return counts;
}

function round(ms: number): number {
  return Math.round(ms);
}
