import { isFull } from "../../policy/slots.ts";
import { showAddress } from "../../protocol/address.ts";
import type { ToPrimary } from "../../protocol/ipc.ts";
import type { Primary } from "../primary.ts";
import type { Listener } from "../sockets/listeners.ts";
import type { Member } from "./crew.ts";

type Booted = Pick<Extract<ToPrimary, { type: "ready" }>, "background" | "ownClusterCode">;

/** A worker serves. When it was the last of the first ones, the app is up. */
export function workerReady(primary: Primary, member: Member, app: Booted): void {
  const { id, slot } = member.handle;
  primary.slots.serves(slot);
  member.readyAt = primary.world.clock.now();
  onTrial(primary, member);
  primary.narrator.workerReady(member, primary.world.clock.now());
  primary.listeners.settle(id);
  primary.balance.join(id);
  primary.hangs.watch(member);
  primary.supervisor.post({ type: "ready", worker: id });
  primary.rescue.offerWaiting();
  if (!primary.announced && isFull(primary.supervisor.fleet)) appIsUp(primary, app);
}

/** Of a new generation's first worker. */
function onTrial({ supervisor: { fleet, limits }, operator }: Primary, { handle }: Member): void {
  const first = fleet.reload?.phase === "trial" && fleet.reload.to === handle.generation;
  if (first && limits.probation > 0) operator.trial(handle.generation, handle.slot, limits.probation);
}

function appIsUp(primary: Primary, { background, ownClusterCode }: Booted): void {
  primary.announced = true;
  // Whoever hears of it next may rely on it: from here on a death of ours is healed.
  primary.changed();
  const { listeners, narrator, crew, world, startedAt } = primary;
  const used = listeners.all().filter(isUsed);
  // A background worker by its looks may yet listen on the address it was given.
  if (!background) releaseUnused(primary, used);
  if (ownClusterCode) narrator.clusterBlockSkipped(crew.all());
  narrator.ready(crew.all(), used, Math.round(world.clock.now() - startedAt));
  primary.firstReady.resolve();
  primary.noticer.look();
}

/** An address bound early for an app that listens elsewhere: our copy would take connections that nobody answers. */
function releaseUnused({ listeners, narrator }: Primary, used: readonly Listener[]): void {
  const told = new Set<string>();
  for (const listener of listeners.unused()) {
    const { key, own, address } = listener;
    listeners.release(key);
    const asked = own?.of ?? key;
    if (!told.has(asked) && !used.some((one) => samePort(one, listener)))
      narrator.portDiffers(showAddress(address), used);
    told.add(asked);
  }
}

function isUsed(listener: Listener): boolean {
  return listener.users.size > 0;
}

function samePort(a: Listener, b: Listener): boolean {
  return a.address.kind === "tcp" && b.address.kind === "tcp" && a.address.port === b.address.port;
}
