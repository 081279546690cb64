import net from "node:net";

/** The few members of libuv's listening handles (TCP or pipe) that Drover touches. */
export interface SocketHandle {
  readonly fd: number;
  onconnection: unknown;
  close(callback?: () => void): void;
  listen(backlog: number): number;
  ref(): void;
  unref(): void;
  getsockname?(out: object): number;
}

/** A server's handle is not public; Node has kept it under this name since its first release. */
export interface WithHandle {
  _handle: SocketHandle | null;
  /** Rises with each listen and close. */
  readonly _listeningId: number;
  _pipeName?: string;
  /** The app has called `server.unref()`. */
  readonly _unref?: boolean;
}

/** libuv's socket type SERVER, the same number for TCP and pipes. */
const SERVER = 1;

type CreateServerHandle = (address: null, port: null, family: null, fd: number) => SocketHandle | number;
const createServerHandle = (net as unknown as { _createServerHandle: CreateServerHandle })._createServerHandle;

export function handleOf(server: net.Server): SocketHandle | null {
  return (server as unknown as WithHandle)._handle;
}

export function setHandle(server: net.Server, handle: SocketHandle): void {
  (server as unknown as WithHandle)._handle = handle;
  likeServer(server, handle);
}

/** Keeps the process alive no more than the server does. */
export function likeServer(server: net.Server, handle: SocketHandle): void {
  if ((server as unknown as WithHandle)._unref) handle.unref();
}

/** What `server.address()` says of a unix socket. */
export function setPath(server: net.Server, path: string): void {
  (server as unknown as WithHandle)._pipeName = path;
}

export function listeningId(server: net.Server): number {
  return (server as unknown as WithHandle)._listeningId;
}

/** Takes over a bound descriptor; a negative errno when it is none. */
export function fromDescriptor(fd: number): SocketHandle | number {
  return createServerHandle(null, null, null, fd);
}

/** A handle of the same kind that is bound to nothing and keeps nothing alive: what a server holds while it does not accept. */
export function placeholderFor(handle: SocketHandle): SocketHandle {
  const Handle = handle.constructor as new (type: number) => SocketHandle;
  return new Handle(SERVER);
}

/** Lets `handle` deliver its connections to the server that `former` delivered to. */
export function takeOver(handle: SocketHandle, former: SocketHandle): void {
  const owner = Object.getOwnPropertySymbols(former).find((symbol) => symbol.description === "owner_symbol");
  handle.onconnection = former.onconnection;
  if (owner) Object.assign(handle, { [owner]: (former as unknown as Record<symbol, unknown>)[owner] });
}
