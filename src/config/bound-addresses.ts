import { parseAddress, type WrittenAddress } from "./address.ts";
import type { Resolved } from "./config.ts";
import { spotsOf } from "./per-slot.ts";

/** Those that are sure to be bound. An app that listens by itself need not touch the default one. */
export function boundAddresses({ config, origins }: Pick<Resolved, "config" | "origins">): readonly WrittenAddress[] {
  const { listen, host, port, serve } = config;
  if (listen === false) return [];
  const written = listen.map(parseAddress).filter((address) => address !== null);
  const isGuess = serve === "listen" && origins["port"] === "default";
  const asked: readonly WrittenAddress[] = written.length > 0 ? written : isGuess ? [] : [{ kind: "tcp", host, port }];
  return asked.flatMap((address) => spotsOf(address, config));
}

/** Whether both cannot be bound. */
export function overlap(one: WrittenAddress, other: WrittenAddress): boolean {
  if (one.kind === "unix" || other.kind === "unix")
    return one.kind === "unix" && other.kind === "unix" && one.path === other.path;
  const sameHost = one.host === null || other.host === null || one.host === other.host;
  return one.port === other.port && one.port !== 0 && sameHost;
}
