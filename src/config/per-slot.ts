import { spotOf } from "../protocol/address.ts";
import { parseAddress, type WrittenAddress } from "./address.ts";
import type { Config, Resolved } from "./config.ts";
import { wrongOption } from "./wrong-option.ts";

const LAST_PORT = 65_535;

/** The addresses of all slots, where each has its own. */
export function spotsOf(
  address: WrittenAddress,
  { perSlot, workers }: Pick<Config, "perSlot" | "workers">,
): readonly WrittenAddress[] {
  return perSlot ? Array.from({ length: workers }, (_, index) => spotOf(address, index + 1)) : [address];
}

/** The port at which that many slots would have none any more; null: there is room. */
export function crowdedPort({ perSlot, listen, host, port }: Config, workers: number): number | null {
  if (!perSlot || listen === false) return null;
  const written = listen.map(parseAddress).filter((address) => address !== null);
  const all: readonly WrittenAddress[] = written.length > 0 ? written : [{ kind: "tcp", host, port }];
  const ports = all.flatMap((address) => (address.kind === "tcp" && address.port > 0 ? [address.port] : []));
  return ports.find((first) => first + workers - 1 > LAST_PORT) ?? null;
}

/** Throws USAGE or CONFIG_INVALID where slots cannot have addresses of their own. */
export function checkPerSlot({ config, origins }: Pick<Resolved, "config" | "origins">): void {
  if (!config.perSlot) return;
  const { listen, workers } = config;
  if (listen === false) {
    const hint = "Leave one of them out: a background worker listens nowhere.";
    throw wrongOption(origins, "perSlot", "expected an app that serves, got listen: false", hint);
  }
  const crowded = crowdedPort(config, workers);
  if (crowded !== null) {
    const message = `expected a port for each of ${workers} workers, got ${crowded}: the last would be above ${LAST_PORT}`;
    throw wrongOption(
      origins,
      listen.length > 0 ? "listen" : "port",
      message,
      "Choose a lower port, or fewer workers.",
    );
  }
  const both = listen.find((one, index) => listen.slice(0, index).some((other) => meet(one, other, workers)));
  if (both !== undefined) {
    const message = `expected room for ${workers} workers between the addresses, got ${listen.join(" and ")}`;
    throw wrongOption(
      origins,
      "listen",
      message,
      "Each worker has one of each: choose addresses that are further apart.",
    );
  }
}

function meet(one: string, other: string, workers: number): boolean {
  const [a, b] = [parseAddress(one), parseAddress(other)];
  if (a?.kind === "tcp" && b?.kind === "tcp") {
    const sameHost = a.host === null || b.host === null || a.host === b.host;
    return sameHost && a.port > 0 && b.port > 0 && Math.abs(a.port - b.port) < workers;
  }
  const paths = [a, b].map((address) => {
    return address?.kind === "unix" ? spotsOf(address, { perSlot: true, workers }).map((spot) => show(spot)) : [];
  });
  return (paths[0] ?? []).some((path) => paths[1]?.includes(path));
}

function show(address: WrittenAddress): string {
  return address.kind === "unix" ? address.path : String(address.port);
}
