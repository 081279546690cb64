import { AppError } from "../errors.ts";
import type { ListenerStatus, Snapshot } from "../protocol/control.ts";

/** Where the app is asked, on this machine alone. */
export interface Target {
  /** As a person would write it, without a path: `https://127.0.0.1:3000`, `unix:/run/web.sock`. */
  readonly shown: string;
  readonly secure: boolean;
  readonly place: { readonly host: string; readonly port: number } | { readonly socketPath: string };
  /** Of the request's Host field, and of TLS. */
  readonly name: string;
}

type Listening = Pick<Snapshot, "name" | "listeners"> & Partial<Pick<Snapshot, "certificates">>;

/**
 * The first address of the app that speaks HTTP/1.1 and can be asked on loopback or by a unix socket; where each slot has one of its own, those of all slots.
 * @throws AppError PROVE_IMPOSSIBLE
 */
export function targetsOf({ name, listeners, certificates = [] }: Listening): readonly Target[] {
  const host = certificates[0]?.names.find((one) => !one.includes("*")) ?? "localhost";
  const spoken = listeners.filter(({ protocol }) => protocol !== null && protocol in SECURE);
  const found = spoken.flatMap((listener) => {
    const place = placeOf(listener.address);
    return place === null ? [] : [{ listener, place }];
  });
  const [first] = found;
  if (first === undefined) throw impossible(name, listeners);
  const same = ({ listener }: typeof first): boolean =>
    listener === first.listener ||
    (isOwn(first.listener) && isOwn(listener) && listener.protocol === first.listener.protocol);
  return found.filter(same).map(({ listener: { protocol }, place }) => {
    const secure = SECURE[protocol as keyof typeof SECURE];
    return { shown: show(place, secure), secure, place, name: secure ? host : "localhost" };
  });
}

/** What the client speaks, and whether over TLS. */
const SECURE = { http: false, https: true, "https+http2": true } as const;

function isOwn({ slot }: ListenerStatus): boolean {
  return typeof slot === "number";
}

/** Null: it is no address of loopback. */
function placeOf(address: string): Target["place"] | null {
  if (address.startsWith("unix:")) return { socketPath: address.slice("unix:".length) };
  const [, host = "", port] = /^(.*):(\d+)$/.exec(address) ?? [];
  const loopback = EVERY[host] ?? (/^(127(\.\d+){3}|\[::1\])$/.test(host) ? host.replaceAll(/[[\]]/g, "") : null);
  return loopback === null ? null : { host: loopback, port: Number(port) };
}

/** Of all addresses that of loopback is one. */
const EVERY: Readonly<Record<string, string>> = { "*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "::1" };

function show(place: Target["place"], secure: boolean): string {
  if ("socketPath" in place) return `unix:${place.socketPath}`;
  const host = place.host.includes(":") ? `[${place.host}]` : place.host;
  return `${secure ? "https" : "http"}://${host}:${place.port}`;
}

function impossible(name: string, listeners: readonly ListenerStatus[]): AppError {
  const got =
    listeners.map(({ address, protocol }) => `${address} (${protocol ?? "not yet known"})`).join(", ") || "none";
  const message = `expected "${name}" to have an address of loopback, or a unix socket, that speaks HTTP/1.1; got ${got}`;
  const hint = "prove asks an app on its own machine alone. --host 127.0.0.1, or no host, gives it such an address.";
  return new AppError("PROVE_IMPOSSIBLE", message, hint);
}
