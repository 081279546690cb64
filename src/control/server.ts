import { once } from "node:events";
import { rm, stat } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { AppError } from "../errors.ts";
import { claim } from "./claim.ts";
import { askStatus } from "./client.ts";
import { Connection, type Handle } from "./connection.ts";
import { nameOf } from "./home.ts";

export interface ControlServer {
  /** What it listens on, for a successor to inherit. */
  readonly fd: number;
  /** Takes no more connections: a successor does, on the same socket. Commands under way go on. */
  leave(): void;
  /** Removes the socket, unless it is a successor's, lets commands under way answer for two seconds more, and ends the rest. */
  close(): Promise<void>;
}

export interface ControlOptions {
  /** A descriptor that listens at the path already, and on which nobody else takes connections any more. Default: the path is claimed. */
  readonly inherited?: number | null;
  /** Milliseconds a client may take to ask, and to read the answer. Default 10 s. */
  readonly silence?: number;
}

const MOST_CONNECTIONS = 64;
const SILENCE = 10_000;
const CLOSING = 2_000;
/** How long a primary that is there may take to say its pid. */
const INTRODUCTION = 2_000;

/**
 * Listens for commands at `path`, a socket only this user may open (see home.ts).
 * @param handle An AppError it throws is the answer; any other error's message too, as CONTROL_FAILED.
 * @throws AppError ALREADY_RUNNING when a live process listens there, CONTROL_FAILED when nobody can
 */
export async function openControl(
  path: string,
  handle: Handle,
  { inherited = null, silence = SILENCE }: ControlOptions = {},
): Promise<ControlServer> {
  const connections = new Set<Connection>();
  // A client may end its side when it has asked, as `nc` does, and still wait for the answer.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = new Connection(socket, handle, silence);
    connections.add(connection);
    socket.on("close", () => connections.delete(connection));
  });
  server.maxConnections = MOST_CONNECTIONS;
  if (inherited !== null) await once(server.listen({ fd: inherited }), "listening");
  else if (!(await take(server, path))) throw await alreadyRunning(path);
  // Accepting can fail for want of descriptors: the client then sees its connection close, and the app goes on.
  server.on("error", () => undefined);
  const { ino } = await stat(path);
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  let left = false;
  const leave = (): void => {
    if (!left) server.close();
    left = true;
  };
  const close = async (): Promise<void> => {
    // Before it stops to listen: from then on the file may be a successor's.
    if (!left) await removeOwn(path, ino);
    leave();
    await end(connections, closed);
  };
  let closing: Promise<void> | undefined;
  return { fd: descriptorOf(server), leave, close: () => (closing ??= close()) };
}

/** Node does not say it, but hands it on to no other process by any other way. */
function descriptorOf(server: Server): number {
  return (server as unknown as { _handle: { fd: number } })._handle.fd;
}

async function removeOwn(path: string, ino: number): Promise<void> {
  const stats = await stat(path).catch(() => null);
  if (stats?.ino === ino) await rm(path, { force: true });
}

async function take(server: Server, path: string): Promise<boolean> {
  return await claim(server, path).catch((error: unknown) => {
    if (error instanceof AppError) throw error;
    const message = `expected to listen for commands at ${path}: ${(error as Error).message}`;
    throw new AppError("CONTROL_FAILED", message, "Set DROVER_HOME to a folder this user may write to.", {
      cause: error,
    });
  });
}

async function end(connections: ReadonlySet<Connection>, closed: Promise<void>): Promise<void> {
  for (const connection of connections) connection.hangUp();
  const late = setTimeout(() => {
    for (const connection of connections) connection.giveUp();
  }, CLOSING);
  await closed;
  clearTimeout(late);
}

async function alreadyRunning(path: string): Promise<AppError> {
  const name = nameOf(path) ?? path;
  const pid = await askStatus(path, INTRODUCTION).then(
    (snapshot) => `, pid ${snapshot.pid}`,
    () => "",
  );
  const message = `expected no app called "${name}" to run yet, got one${pid}`;
  return new AppError(
    "ALREADY_RUNNING",
    message,
    `Give this one another name with --name, or stop that: drover stop ${name}`,
  );
}
