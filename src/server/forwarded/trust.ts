import { isWithin, NETWORK_WORDS, parseIp, parseNetwork, type Network } from "../../protocol/network.ts";

/** Whose word about clients is taken. */
export interface Trust {
  /** Peers on unix sockets, which have no address: they are on this machine. */
  readonly unix: boolean;
  /** Whether it is an address of a trusted proxy; with a zone or without. */
  has(address: string): boolean;
}

/** @param list addresses, CIDRs and the words `loopback` and `private`, checked; empty: nobody */
export function trustOf(list: readonly string[]): Trust {
  const networks = list.flatMap(networksOf);
  return {
    unix: list.includes("loopback"),
    has(address) {
      const [bare = ""] = address.split("%", 1);
      const ip = parseIp(bare);
      return ip !== null && networks.some((network) => isWithin(ip, network));
    },
  };
}

function networksOf(text: string): Network[] {
  const written: readonly string[] = Object.hasOwn(NETWORK_WORDS, text)
    ? NETWORK_WORDS[text as keyof typeof NETWORK_WORDS]
    : [text];
  return written.map(parseNetwork).filter((network) => network !== null);
}
