import { readFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import type { Sight } from "../../protocol/notes.ts";
import type { Heap } from "./heap.ts";
import { placeOf } from "./place.ts";

/** What is done more often looks after the process it runs in. Milliseconds. */
const SELDOM = 10_000;
/** About the connections of this process, or this process itself; or it sees to it that only one worker does it. */
const RIGHT_IN_EACH =
  /\.ping\(|\.clients\b|\bprocess\.(?:memory|cpu|uptime)|\bincr\(|\block|Lock|worker\??\.id|APP_INSTANCE/;

/** A timer of Node's, as it keeps it. */
interface Timer {
  readonly hasRef: () => boolean;
  /** Milliseconds; null: it does not repeat. */
  readonly _repeat?: unknown;
  readonly _destroyed?: unknown;
  readonly _onTimeout?: unknown;
}

interface Job {
  readonly code: object;
  readonly text: string;
  readonly everyMs: number;
}

/** What the app's own code does again and again. Timers that hold no process are housekeeping and left out, and so is what no file of the app's has in it. */
export function intervals(heap: Heap, ownFiles: readonly string[], entry: string): readonly Sight[] {
  // Without one that holds the process there is nothing to look for.
  if (!process.getActiveResourcesInfo().includes("Timeout")) return [];
  const found = jobs(heap);
  if (found.length === 0) return [];
  const folder = dirname(entry);
  const files = [...new Set([entry, ...ownFiles])];
  const sources = files.flatMap((file) => sourceOf(file, relative(folder, file)));
  const sights = found.flatMap(({ code, text, everyMs }): readonly Sight[] => {
    const position = heap.positionOf(code);
    const what = position && placeOf(text, position, sources);
    return what === null ? [] : [{ name: "interval", what, count: 1, everyMs }];
  });
  const byPlace = Map.groupBy(sights, ({ what }) => what);
  return [...byPlace.values()]
    .flatMap(([first, ...others]) => (first ? [{ ...first, count: 1 + others.length }] : []))
    .toSorted((a, b) => a.what.localeCompare(b.what, "en", { numeric: true }));
}

function jobs(heap: Heap): readonly Job[] {
  const own = setTimeout(() => undefined, 1);
  clearTimeout(own);
  const timers = heap.living(Object.getPrototypeOf(own) as object) as readonly Timer[];
  return timers.flatMap((timer) => {
    const { _repeat: everyMs, _onTimeout: code } = timer;
    if (typeof everyMs !== "number" || typeof code !== "function" || timer._destroyed) return [];
    const text = Function.prototype.toString.call(code);
    return everyMs >= SELDOM && timer.hasRef() && !RIGHT_IN_EACH.test(text) ? [{ code, text, everyMs }] : [];
  });
}

function sourceOf(file: string, shown: string): readonly { readonly file: string; readonly text: string }[] {
  try {
    return [{ file: shown, text: readFileSync(file, "utf8") }];
  } catch {
    return [];
  }
}
