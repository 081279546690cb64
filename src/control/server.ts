import { once } from "node:events";
import { rm, stat } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { AppError } from "../errors.ts";
import { claim } from "./claim.ts";
import { askStatus } from "./client.ts";
import { Connection, type Handle } from "./connection.ts";
import { nameOf } from "./home.ts";

export interface ControlServer {
  /** Removes the socket, lets commands under way answer for two seconds more, and ends the rest. */
  close(): Promise<void>;
}

const MOST_CONNECTIONS = 64;
const SILENCE = 10_000;
const CLOSING = 2_000;
/** How long a primary that is there may take to say its pid. */
const INTRODUCTION = 2_000;

/**
 * Listens for commands at `path`, a socket only this user may open (see home.ts).
 * @param handle An AppError it throws is the answer; any other error's message too, as CONTROL_FAILED.
 * @param silence Milliseconds a client may take to ask, and to read the answer.
 * @throws AppError ALREADY_RUNNING when a live process listens there, CONTROL_FAILED when nobody can
 */
export async function openControl(path: string, handle: Handle, silence = SILENCE): Promise<ControlServer> {
  const connections = new Set<Connection>();
  // A client may end its side when it has asked, as `nc` does, and still wait for the answer.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = new Connection(socket, handle, silence);
    connections.add(connection);
    socket.on("close", () => connections.delete(connection));
  });
  server.maxConnections = MOST_CONNECTIONS;
  const taken = await claim(server, path).catch((error: unknown) => {
    if (error instanceof AppError) throw error;
    const message = `expected to listen for commands at ${path}: ${(error as Error).message}`;
    throw new AppError("CONTROL_FAILED", message, "Set DROVER_HOME to a folder this user may write to.", {
      cause: error,
    });
  });
  if (!taken) throw await alreadyRunning(path);
  // Accepting can fail for want of descriptors: the client then sees its connection close, and the app goes on.
  server.on("error", () => undefined);
  const { ino } = await stat(path);
  let closing: Promise<void> | undefined;
  return { close: () => (closing ??= close(server, connections, path, ino)) };
}

async function close(server: Server, connections: ReadonlySet<Connection>, path: string, ino: number): Promise<void> {
  // Before it stops to listen: from then on the file may be a successor's.
  const stats = await stat(path).catch(() => null);
  if (stats?.ino === ino) await rm(path, { force: true });
  const closed = once(server, "close");
  server.close();
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
