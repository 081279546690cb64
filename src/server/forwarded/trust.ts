import { isWithin, NETWORK_WORDS, parseIp, parseNetwork, type Ip, type Network } from "../../protocol/network.ts";

/** Whose word about clients is taken. */
export interface Trust {
  /** Peers on unix sockets, which have no address: they are on this machine. */
  readonly unix: boolean;
  has(ip: Ip): boolean;
  /** Of a peer, as its socket has it: with a zone or without. */
  hasPeer(address: string): boolean;
}

/** @param list addresses, CIDRs and the words `loopback` and `private`, checked; empty: nobody */
export function trustOf(list: readonly string[]): Trust {
  const networks = list.flatMap(networksOf);
  const has = (ip: Ip): boolean => networks.some((network) => isWithin(ip, network));
  const hasPeer = (address: string): boolean => {
    const [bare = ""] = address.split("%", 1);
    const ip = parseIp(bare);
    return ip !== null && has(ip);
  };
  return { unix: list.includes("loopback"), has, hasPeer };
}

function networksOf(text: string): Network[] {
  const written: readonly string[] = Object.hasOwn(NETWORK_WORDS, text)
    ? NETWORK_WORDS[text as keyof typeof NETWORK_WORDS]
    : [text];
  return written.map(parseNetwork).filter((network) => network !== null);
}
