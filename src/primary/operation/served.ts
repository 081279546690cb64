import { slots } from "../../policy/slots.ts";
import type { Served } from "../../protocol/control.ts";
import type { Primary } from "../primary.ts";

/**
 * What a balancer in front is to list: a worker's death or replacement changes nothing of it. Nothing is told of an app that starts or stops, whose addresses
 * come and go one by one: what is listed stays.
 */
export function takeServed({ supervisor: { fleet }, announced, stopping, listeners, slots: records }: Primary): Served {
  const { size } = fleet;
  if (!announced || stopping) return { size, slots: [] };
  const bound = new Set(listeners.all().map(({ own }) => own?.slot));
  return { size, slots: slots(fleet).filter((slot) => bound.has(slot) && records.hasServed(slot)) };
}
