import { AppError } from "../../errors.ts";
import {
  SUCCESSION_ENV,
  SUCCESSION_VERSION,
  type InheritedListener,
  type Succession,
} from "../../protocol/succession.ts";
import type { Passed } from "../host/systemd/passed-sockets.ts";
import { tcpAddress } from "../host/systemd/receive-socket.ts";
import { fromDescriptor } from "../sockets/bind.ts";

/**
 * What this primary inherits; null: it is nobody's successor. Taken out of `env`: a worker must not take itself for one.
 * @throws AppError UPGRADE_FAILED for what another version of Drover has written, and this one cannot read
 */
export function takeSuccession(env: NodeJS.ProcessEnv): Succession | null {
  const text = env[SUCCESSION_ENV];
  Reflect.deleteProperty(env, SUCCESSION_ENV);
  if (text === undefined) return null;
  const succession = parse(text);
  if (succession?.version === SUCCESSION_VERSION) return succession;
  const message = `expected to take over from a primary in version ${SUCCESSION_VERSION} of the succession, got ${succession?.version ?? "something else"}`;
  throw new AppError("UPGRADE_FAILED", message, "Stop the app with the Drover it was started with, and start it anew.");
}

function parse(text: string): Succession | null {
  try {
    return JSON.parse(text) as Succession | null;
  } catch {
    return null;
  }
}

/** The listeners of the primary before. One that cannot be used is left out: who asks for its address binds it anew, or hears that it is taken. */
export function receiveListeners(listeners: readonly InheritedListener[]): readonly Passed[] {
  return listeners.flatMap(({ key, fd, passed }): Passed[] => {
    const handle = fromDescriptor(fd);
    if (typeof handle === "number") return [];
    const address = key.startsWith(UNIX) ? unixAddress(key) : tcpAddress(handle);
    if (address) return [{ name: passed ?? null, key, address, handle }];
    handle.close();
    return [];
  });
}

const UNIX = "unix:";

function unixAddress(key: string): Passed["address"] {
  return { kind: "unix", path: key.slice(UNIX.length), mode: 0 };
}

/** How many workers a successor begins with: what was scaled by hand stays, unless the configuration itself has changed its mind. */
export function inheritedSize({ workers }: Pick<Succession, "workers">, configured: number): number {
  return workers?.configured === configured ? workers.size : configured;
}

/** @throws AppError UPGRADE_FAILED */
export function checkName({ name }: Pick<Succession, "name">, configured: string): void {
  if (name === configured) return;
  const message = `expected the app "${name}", whose place is to be taken, got "${configured}"`;
  throw new AppError("UPGRADE_FAILED", message, "A new name takes a stop and a new start.");
}
