import { isDeepStrictEqual } from "node:util";
import type { WrittenAddress } from "../../config/address.ts";
import { plannedRedirects } from "../../config/planned-redirects.ts";
import { usesAcme } from "../../config/tls.ts";
import type { AppError } from "../../errors.ts";
import { addressKey, ownAddress, type Address } from "../../protocol/address.ts";
import type { Generation } from "../workers/generations.ts";
import { areNamed, plannedAddresses, toAddress, toListenOptions } from "./addresses.ts";
import { bindError } from "./bind.ts";
import type { Listeners } from "./listeners.ts";

/**
 * Binds the addresses that the user has named, and where plain HTTP is redirected, before any worker starts, so that a taken port is reported at once. Those
 * that were not held before are given back when one of them cannot be had. Answers why the generation does without redirects that nobody has asked for.
 * @param slots How many there are to be: with `perSlot` each has its own.
 * @param former Whose app may have left an address aside for one of its own choice: then that one is the app's, and not to be had a second time.
 * @throws AppError ADDRESS_IN_USE, ADDRESS_FORBIDDEN, ADDRESS_INVALID, ADDRESS_UNAVAILABLE
 */
export async function bindNamed(
  listeners: Listeners,
  generation: Generation,
  slots: number,
  former: Generation | null = null,
): Promise<readonly AppError[]> {
  const { socketMode, perSlot } = generation.resolved.config;
  const { uid, gid } = generation.launch;
  const before = new Set(listeners.all());
  listeners.socketFile = { mode: socketMode, uid, gid };
  listeners.divide(perSlot);
  try {
    if (areNamed(generation.resolved)) await bindAll(listeners, generation, slots, former);
    return await bindRedirects(listeners, generation);
  } catch (error) {
    for (const listener of listeners.all()) if (!before.has(listener)) listeners.release(listener.key);
    listeners.divide(former?.resolved.config.perSlot ?? false);
    throw error;
  }
}

async function bindAll(
  listeners: Listeners,
  generation: Generation,
  slots: number,
  former: Generation | null,
): Promise<void> {
  const { config, origins } = generation.resolved;
  const origin = origins[config.listen === false || config.listen.length === 0 ? "host" : "listen"] ?? "default";
  for (const written of plannedAddresses(config)) {
    const address = await toAddress(written, origin);
    for (const one of config.perSlot ? ofSlots(address, slots) : [address]) {
      if (leftAside(listeners, one, written, former)) continue;
      const listener = await listeners.open(one);
      if (typeof listener === "number") throw bindError(one, listener);
    }
    if (address.kind === "tcp" && address.host !== null) prefer(generation, { ...address, host: address.host });
  }
}

function ofSlots(address: Address, slots: number): readonly Address[] {
  return Array.from({ length: slots }, (_, index) => ownAddress(address, index + 1));
}

async function bindRedirects(listeners: Listeners, generation: Generation): Promise<readonly AppError[]> {
  const { config, origins } = generation.resolved;
  const bound: WrittenAddress[] = [];
  const missed: AppError[] = [];
  for (const written of plannedRedirects(config)) {
    const address = await toAddress(written, origins["tls.redirect"] ?? "default");
    const listener = await listeners.open({ ...address, own: null });
    if (typeof listener !== "number") bound.push(written);
    else if (isNeeded(generation)) throw bindError(address, listener);
    else missed.push(bindError(address, listener));
  }
  const { launch } = generation;
  generation.launch = { ...launch, boot: { ...launch.boot, redirects: bound.map(toListenOptions) } };
  return missed;
}

/** Port 80 comes with ACME by itself, which can do without it. */
function isNeeded({ resolved: { config, origins } }: Generation): boolean {
  const isAsked = !(origins["tls.redirect"] ?? "default").startsWith("default");
  return isAsked || !usesAcme(config.tls) || config.tls.acme.challenge === "http-01";
}

function leftAside(
  listeners: Listeners,
  address: Address,
  written: WrittenAddress,
  former: Generation | null,
): boolean {
  if (!former || listeners.get(addressKey(address))) return false;
  return plannedAddresses(former.resolved.config).some((planned) => isDeepStrictEqual(planned, written));
}

/** The first host stands in where the app's own `listen(port)` names none. */
function prefer(generation: Generation, { port, host, family }: { port: number; host: string; family: 4 | 6 }): void {
  const { launch } = generation;
  if (launch.boot.hostFor !== null) return;
  generation.launch = { ...launch, boot: { ...launch.boot, hostFor: { port, host, family } } };
}
