import { writeFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { Target } from "./client.ts";
import type { Drover } from "./drover.ts";
import { temporaryFolder } from "./fixture.ts";
import { overHttp } from "./roll-call.ts";
import { until } from "./wait.ts";

/** Where each slot's own address is, in the order of the slots, by the log's word; a later line counts. */
function targets({ log }: Drover, how: Target = {}): readonly Target[] {
  const found = new Map<number, Target>();
  for (const { slot, address } of log.events("listening")) {
    if (slot === undefined) continue;
    const where = String(address);
    const place = where.startsWith("unix:") ? { path: where.slice(5) } : { port: Number(where.split(":").at(-1)) };
    found.set(slot, { ...place, ...how });
  }
  return [...found].toSorted(([a], [b]) => a - b).map(([, target]) => target);
}

/** Until workers of these slots answer there: one that covers accepts for a moment longer, until it has heard that its sibling is back. */
export async function answeredBy(addresses: readonly Target[], slots: readonly number[]): Promise<void> {
  let found: readonly number[] = [];
  const asExpected = async (): Promise<boolean> => {
    found = await Promise.all(addresses.map(async (target) => (await overHttp(target)()).slot));
    return isDeepStrictEqual(found, slots);
  };
  await until(asExpected, () => `answers of workers ${slots.join(", ")}, got ${found.join(", ")}`);
}

/** {@link targets}, once each is answered by its own worker alone: those that are ready first cover the others. */
export async function ownTargets(drover: Drover, how: Target = {}): Promise<readonly Target[]> {
  const addresses = targets(drover, how);
  const slots = addresses.map((_, index) => index + 1);
  await answeredBy(addresses, slots);
  return addresses;
}

/** Holds workers of the per-slot fixture back before they boot, slot by slot. */
export interface Gate {
  readonly env: Readonly<Record<string, string>>;
  shut(slot: number): void;
  open(slot: number): void;
}

export function gate(t: TestContext): Gate {
  const path = join(temporaryFolder(t), "gate");
  return {
    env: { TEST_GATE: path },
    shut: (slot) => writeFileSync(`${path}-${slot}`, ""),
    open: (slot) => rmSync(`${path}-${slot}`, { force: true }),
  };
}

/** Whose each listener is, and who covers it. */
export async function coverage(
  drover: Drover,
): Promise<readonly (readonly [slot: number, coveredBy: number | null])[]> {
  const { stdout } = await drover.verb("status", "--json");
  const { listeners } = JSON.parse(stdout) as { listeners: { slot: number; coveredBy: number | null }[] };
  return listeners.map(({ slot, coveredBy }) => [slot, coveredBy] as const).toSorted(([a], [b]) => a - b);
}
