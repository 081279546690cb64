import { Tally } from "../operation/ledger.ts";
import type { Primary } from "../primary.ts";
import type { Listener } from "../sockets/listeners.ts";

/** Another primary, which serves on when this one leaves. */
export interface Survivor {
  /** It has taken our place; else we have not taken its. */
  readonly leads: boolean;
  /** Keys of the listeners that it does without. */
  readonly outgrown: readonly string[];
}

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
  const { beside, reloads, tls, world } = primary;
  primary.kin = null;
  primary.leaving ??= new Tally(1012, world.clock.now());
  outlive(primary, true, ({ key, handle }) => kept.includes(key) || world.passed.nameOf(handle) !== null);
  reloads.giveUp();
  void beside?.stop(false);
  tls.close();
  primary.supervisor.post({ type: "stop", now: false });
}

/** We leave before we have led: the primary before serves on, and our workers, who have served beside its own, finish what they have. */
export function handBack(primary: Primary): void {
  const { world } = primary;
  primary.leaving ??= new Tally(1012, world.clock.now());
  outlive(primary, false, ({ handle }) => world.passed.has(handle));
}

function outlive(primary: Primary, leads: boolean, serves: (listener: Listener) => boolean): void {
  const { listeners, supervisor } = primary;
  const outgrown = listeners.all().filter((listener) => !serves(listener));
  primary.survivor = { leads, outgrown: outgrown.map(({ key }) => key) };
  for (const { key } of outgrown) listeners.release(key);
  // Newcomers go to the other's workers: nobody waits for a load balancer to hear of it.
  supervisor.limits = { ...supervisor.limits, lameduck: 0 };
}
