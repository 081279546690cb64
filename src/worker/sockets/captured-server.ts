import type { Server } from "node:net";
import { getSystemErrorName } from "node:util";
import { handleOf, likeServer, placeholderFor, setHandle, takeOver, type SocketHandle } from "./socket-handle.ts";

/** A socket of an address that is about to go away, through which connections still come in. */
export interface Door {
  /** Lets the kernel's queue hold one connection. Further clients are neither refused nor let in: TCP knocks again a second later. */
  shrink(): void;
  close(): void;
}

/**
 * A server of the app that listens on the primary's socket. Here it stops accepting and starts again without the app noticing:
 * its handle is swapped (unplugged, replugged), the server itself stays open. Closing it instead would emit events,
 * and leave the app's own later `server.close()` an error, on which common shutdown handlers exit 1.
 */
export class CapturedServer {
  /** Of the primary's listener; null for a descriptor the app brought itself. */
  readonly key: string | null;
  readonly server: Server;
  /** What its clients speak to: TLS in front of it, or itself. */
  readonly front: Server;
  readonly #backlog: number;
  /** What delivered connections last; its wiring is handed on at replugging. */
  #wired: SocketHandle;
  /** `held`: the app believes that it listens, and the kernel has not been asked to yet. */
  #state: "held" | "plugged" | "unplugged";
  /** Sockets of siblings' addresses that it accepts on as well, by key. */
  readonly #covers = new Map<string, SocketHandle>();
  readonly #onClose: () => void;

  constructor(
    key: string | null,
    server: Server,
    handle: SocketHandle,
    { front, backlog, held, onClose }: { front: Server; backlog: number; held: boolean; onClose: () => void },
  ) {
    this.key = key;
    this.server = server;
    this.front = front;
    this.#backlog = backlog;
    this.#wired = handle;
    this.#state = held ? "held" : "plugged";
    this.#onClose = onClose;
    this.#watchClose(handle);
  }

  get isHeld(): boolean {
    return this.#state === "held";
  }

  /**
   * Accepts from now on.
   * @throws the error that the app's own listen would have met
   */
  open(): void {
    const handle = handleOf(this.server);
    if (this.#state !== "held" || !handle) return;
    this.#state = "plugged";
    const errno = handle.listen(this.#backlog);
    if (errno < 0) throw listenError(errno);
  }

  /** Stops accepting. Connections that are queued stay for the other workers; nothing is reset while the primary holds the socket. */
  unplug(): void {
    const handle = this.#unhook();
    if (handle) closeUnwatched(handle);
    this.#closeCovers();
  }

  /** Leaves the server without the handles of these addresses, its own or covers. Connections go on coming to it through what this answers. */
  unhook(isMeant: (key: string | null) => boolean): readonly Door[] {
    const own = this.#state === "plugged" && isMeant(this.key) ? this.#unhook() : null;
    const covers = [...this.#covers].filter(([key]) => isMeant(key));
    for (const [key] of covers) this.#covers.delete(key);
    const handles = [...(own ? [own] : []), ...covers.map(([, handle]) => handle)];
    return handles.map((handle) => ({ shrink: () => handle.listen(0), close: () => closeUnwatched(handle) }));
  }

  /** Accepts on the socket of a sibling's address as well. */
  cover(key: string, handle: SocketHandle): void {
    if (this.#state !== "plugged" || this.#covers.has(key)) return closeUnwatched(handle);
    takeOver(handle, this.#wired);
    likeServer(this.server, handle);
    this.#covers.set(key, handle);
    handle.listen(this.#backlog);
  }

  /** What came through it stays here. */
  uncover(key: string): void {
    const handle = this.#covers.get(key);
    if (handle && this.#covers.delete(key)) closeUnwatched(handle);
  }

  #closeCovers(): void {
    for (const key of this.#covers.keys()) this.uncover(key);
  }

  /** Answers the handle that a placeholder stands in for now. */
  #unhook(): SocketHandle | null {
    const handle = handleOf(this.server);
    if (this.#state === "unplugged" || !handle) return null;
    const empty = placeholderFor(handle);
    const name = {};
    const error = handle.getsockname?.(name) ?? 0;
    // The app may still ask for `server.address()`.
    if (handle.getsockname) empty.getsockname = (out) => (Object.assign(out, name), error);
    this.#wired = handle;
    this.#state = "unplugged";
    this.#watchClose(empty);
    setHandle(this.server, empty);
    return handle;
  }

  /** Accepts again, through a fresh handle of the same socket: the one a worker starts with can be listened on only once. */
  replug(handle: SocketHandle): void {
    const empty = handleOf(this.server);
    if (this.#state !== "unplugged" || !empty) return closeUnwatched(handle);
    takeOver(handle, this.#wired);
    this.#watchClose(handle);
    setHandle(this.server, handle);
    closeUnwatched(empty);
    handle.listen(this.#backlog);
    this.#state = "plugged";
  }

  /** Takes a connection that somebody else has accepted, as if it had come from the queue. */
  adopt(connection: SocketHandle): void {
    const { onconnection } = this.#wired;
    if (typeof onconnection === "function") onconnection.call(this.#wired, 0, connection);
  }

  /** A close of the handle is the app's own close of its server: ours go through {@link closeUnwatched}. */
  #watchClose(handle: SocketHandle): void {
    handle.close = (callback) => {
      closeUnwatched(handle, callback);
      this.#state = "unplugged";
      this.#closeCovers();
      this.#onClose();
    };
  }
}

function listenError(errno: number): Error {
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`listen ${code}`), { code, errno, syscall: "listen" });
}

function closeUnwatched(handle: SocketHandle, callback?: () => void): void {
  (Object.getPrototypeOf(handle) as SocketHandle).close.call(handle, callback);
}
