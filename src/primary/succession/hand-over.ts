import { Tally } from "../operation/ledger.ts";
import type { Primary } from "../primary.ts";

/** The other primary of this app, while one takes the other's place. */
export interface Kin {
  /** The app is being stopped: both are. */
  stop(now: boolean): void;
}

/**
 * A successor leads: our workers finish what they have, as in a reload, and we end with the last of them.
 * @param kept keys of the listeners that it serves on; of the others we alone have kept anybody
 */
export function handOver(primary: Primary, kept: readonly string[]): void {
  const { beside, listeners, reloads, supervisor, tls, world } = primary;
  primary.kin = null;
  primary.leaving ??= new Tally(1012, world.clock.now());
  const outgrown = listeners
    .all()
    .filter(({ key, handle }) => !kept.includes(key) && world.passed.nameOf(handle) === null);
  primary.heir = { outgrown: outgrown.map(({ key }) => key) };
  for (const { key } of outgrown) listeners.release(key);
  reloads.giveUp();
  void beside?.stop(false);
  tls.close();
  // Newcomers go to the successor's workers: nobody waits for a load balancer to hear of it.
  supervisor.limits = { ...supervisor.limits, lameduck: 0 };
  supervisor.post({ type: "stop", now: false });
}
