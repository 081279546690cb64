import { spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { parseAddress } from "../../src/config/address.ts";
import { toAddress } from "../../src/primary/sockets/addresses.ts";
import { bind, type SocketHandle } from "../../src/primary/sockets/bind.ts";
import { showAddress, type Address } from "../../src/protocol/address.ts";
import type { PassedDescriptors } from "./drover.ts";

/** A socket that this process holds and lets others accept on, as systemd does for a socket unit. */
export interface HeldSocket {
  readonly name: string;
  readonly fd: number;
  /** 0 of a unix socket. */
  readonly port: number;
}

const LISTEN = "require('node:net').createServer().listen({ fd: 3 }, 4096, () => process.exit())";

/** `where`: a host for any free port there, or an absolute path. */
export async function holdSocket(t: TestContext, where: string, name?: string): Promise<HeldSocket> {
  return await hold(t, addressOf(where), name);
}

/** As `ListenStream=` in a unit says it: `3000`, `127.0.0.1:3000`, `[::1]:3000` or an absolute path. */
export async function holdStream(t: TestContext, stream: string, name: string): Promise<HeldSocket> {
  const written = parseAddress(stream.startsWith("/") ? `unix:${stream}` : stream);
  if (written === null) throw new Error(`expected a ListenStream, got ${stream}`);
  return await hold(t, await toAddress(written, "ListenStream"), name);
}

async function hold(t: TestContext, where: Address, name = "web.socket"): Promise<HeldSocket> {
  const handle = await bind(where);
  if (typeof handle === "number") throw new Error(`could not bind ${showAddress(where)}: ${handle}`);
  t.after(() => handle.close());
  await makeListen(handle);
  const bound: { port?: number } = {};
  handle.getsockname?.(bound);
  return { name, fd: handle.fd, port: bound.port ?? 0 };
}

/** For the option `passed` of the command. */
export function passing(...sockets: readonly HeldSocket[]): PassedDescriptors {
  return { fds: sockets.map(({ fd }) => fd), names: sockets.map(({ name }) => name) };
}

function addressOf(where: string): Address {
  if (where.startsWith("/")) return { kind: "unix", path: where, mode: 0 };
  return { kind: "tcp", host: where, port: 0, family: where.includes(":") ? 6 : 4, flags: 0, index: 0 };
}

/** In another process, since a libuv handle that listens also accepts: it stays a listening socket when that process has gone. */
async function makeListen(handle: SocketHandle): Promise<void> {
  const child = spawn(process.execPath, ["-e", LISTEN], { stdio: ["ignore", "ignore", "inherit", handle.fd] });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`could not listen: exit code ${code}`);
}
