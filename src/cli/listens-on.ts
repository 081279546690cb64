import type { ListenerStatus } from "../protocol/control.ts";
import { showRanges } from "../telemetry/ranges.ts";

type Listeners = readonly ListenerStatus[];

/** Line by line, for one app. */
export function listensOn(listeners: Listeners): readonly string[] {
  const own = listeners.filter(isOwn);
  const shared = listeners.filter((one) => !isOwn(one)).map((one) => one.address + spoken(one));
  const each = [...Map.groupBy(own, spoken)].map(([words, same]) => `${inOrder(same)}${words}, one per worker`);
  const covered = own.filter(({ coveredBy }) => coveredBy !== null);
  const covers = covered.map(({ address, slot, coveredBy }) => `${address} by worker ${coveredBy} for worker ${slot}`);
  const lines = [...(shared.length > 0 ? [shared.join(", ")] : []), ...each, ...covers];
  return lines.length > 0 ? lines : ["on nothing"];
}

/** In a few words, for one of several apps. */
export function addressesOf(listeners: Listeners): string {
  const shared = listeners.filter((one) => !isOwn(one)).map(({ address }) => address);
  const own = inOrder(listeners.filter(isOwn));
  return [...shared, ...(own === "" ? [] : [own])].join(" ");
}

/** A primary of an older version says nothing of slots. */
function isOwn({ slot }: ListenerStatus): boolean {
  return typeof slot === "number";
}

function inOrder(own: Listeners): string {
  return showRanges(own.map(({ address }) => address).toSorted((a, b) => a.localeCompare(b, "en", { numeric: true })));
}

function spoken({ protocol }: ListenerStatus): string {
  return protocol === null ? "" : ` (${protocol})`;
}
