import { isDeepStrictEqual } from "node:util";
import type { Served } from "../../protocol/control.ts";

/** Between two tries at least: each of them may reload nginx. Milliseconds. */
export const GAP = 2_000;
/** How long slots that are still to come are waited for, so that a scale is one reload and not one for each worker. Milliseconds. */
export const PATIENCE = 5_000;
/** From a try that failed to the next, when nothing has changed. Milliseconds. */
export const RETRY = 30_000;

type Slots = readonly number[];

interface Wish {
  readonly slots: Slots;
  /** Since when nginx has been behind. */
  readonly since: number;
  /** No more slots are to come. */
  readonly isWhole: boolean;
}

/** What there is to decide from. Times are milliseconds on the caller's clock. */
export interface SyncState {
  /** The last list that the app has told. */
  readonly wish: Wish | null;
  /** What nginx has read; null: not known. */
  readonly applied: Slots | null;
  /** The try that is under way. */
  readonly trying: Slots | null;
  readonly triedAt: number | null;
  /** After a failure: when the same list is tried again. */
  readonly retryAt: number | null;
}

export type SyncEvent =
  | { readonly type: "served"; readonly served: Served }
  | { readonly type: "begun"; readonly slots: Slots }
  | { readonly type: "applied" }
  | { readonly type: "failed" }
  /** It is time to look again. */
  | { readonly type: "woken" };

/** `rest`: until the next event. */
export type SyncAction =
  | { readonly type: "apply"; readonly slots: Slots }
  | { readonly type: "wait"; readonly until: number }
  | { readonly type: "rest" };

export const NOTHING_KNOWN: SyncState = { wish: null, applied: null, trying: null, triedAt: null, retryAt: null };

export function take(state: SyncState, event: SyncEvent, now: number): SyncState {
  switch (event.type) {
    case "served":
      return takeWish(state, event.served, now);
    case "begun":
      return { ...state, trying: event.slots, triedAt: now, retryAt: null };
    case "applied":
      return { ...state, applied: state.trying, trying: null };
    case "woken":
      return state;
    case "failed": {
      const isWanted = isDeepStrictEqual(state.wish?.slots, state.trying);
      // Of a failure in its middle, the file may say one thing and nginx another.
      return { ...state, applied: null, trying: null, retryAt: isWanted ? now + RETRY : null };
    }
  }
}

/** An app that tells of no slots starts, stops or has none: what is listed stays. */
function takeWish(state: SyncState, { size, slots }: Served, now: number): SyncState {
  if (slots.length === 0) return state;
  const isWhole = slots.length >= size;
  const { wish } = state;
  if (wish && isDeepStrictEqual(wish.slots, slots)) return { ...state, wish: { ...wish, isWhole } };
  const isBehind = wish !== null && !isDeepStrictEqual(wish.slots, state.applied);
  return { ...state, wish: { slots, since: isBehind ? wish.since : now, isWhole }, retryAt: null };
}

/** One try at a time; the last wish wins. */
export function decide({ wish, applied, trying, triedAt, retryAt }: SyncState, now: number): SyncAction {
  if (!wish || trying || isDeepStrictEqual(wish.slots, applied)) return { type: "rest" };
  const due = Math.max(
    wish.isWhole ? wish.since : wish.since + PATIENCE,
    triedAt === null ? now : triedAt + GAP,
    retryAt ?? now,
  );
  return due <= now ? { type: "apply", slots: wish.slots } : { type: "wait", until: due };
}
