import type { Socket } from "node:dgram";
import { constants } from "node:os";

/** The members of libuv's UDP handle that are used here; for udp6 Node puts bind6 in the place of `bind`. */
interface UdpHandle {
  bind(address: string | null, port: number, flags: number): number;
  close(): void;
}

export interface UdpQuery {
  readonly address: string | null;
  readonly port: number;
  readonly flags?: number;
}

/**
 * UDP is each worker's own affair: the socket is bound here, as `exclusive: true` would. Node asks a cluster's primary instead and takes the
 * answer for a second handle: it closes the first one, which here is the same.
 */
export function bindUdp(
  socket: Socket,
  query: UdpQuery,
  answer: (errno: number, handle: UdpHandle | null) => void,
): void {
  const handle = handleOf(socket);
  const errno = handle?.bind(query.address, query.port, query.flags ?? 0) ?? -constants.errno.ENOTSUP;
  if (errno !== 0 || !handle) return process.nextTick(answer, errno, null);
  handle.close = () => undefined;
  answer(0, handle);
  Reflect.deleteProperty(handle, "close");
}

function handleOf(socket: Socket): UdpHandle | null {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "state symbol");
  const state = key && (socket as unknown as Record<symbol, { handle: UdpHandle | null }>)[key];
  return state?.handle ?? null;
}
