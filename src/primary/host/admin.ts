import { once } from "node:events";
import { linkSync, renameSync, rmSync } from "node:fs";
import type * as Http from "node:http";
import { Server } from "node:net";
import { constants } from "node:os";
import { parseAddress, type WrittenAddress } from "../../config/address.ts";
import { AppError } from "../../errors.ts";
import { showAddress, type Address } from "../../protocol/address.ts";
import { answer, notRead, reply, type Answer, type HealthFacts } from "../../telemetry/health.ts";
import { CONTENT_TYPE } from "../../telemetry/metrics/render.ts";
import { toAddress, toListenOptions } from "../sockets/addresses.ts";
import { bindError, clearStale } from "../sockets/bind.ts";

export interface Admin {
  /** `http://127.0.0.1:9000`, or `unix:/run/web-admin.sock`. */
  readonly url: string;
  /** What it listens on, for a successor to inherit. */
  readonly fd: number;
  /** Takes no more connections: a successor does, on the same socket. */
  leave(): void;
  close(): Promise<void>;
}

/** Probes are short and few. Whoever is slow or many is no probe, and must cost the primary nothing. Times in milliseconds. */
const LIMITS = { headersTimeout: 2_000, requestTimeout: 2_000, connectionsCheckingInterval: 500, maxHeaderSize: 4_096 };
const MOST_CONNECTIONS = 100;
const METRICS = "/metrics";
/** For a client that does not read its answer. */
const LONGEST_SILENCE = 5_000;

/** What it answers from. */
export interface Sources {
  readonly health: () => HealthFacts;
  /** In Prometheus' text format. */
  readonly metrics: () => Promise<string>;
}

/**
 * Serves the health endpoints and /metrics: plain HTTP, for probes and scrapers, nothing else. It keeps no process alive.
 * @param written as in the option `admin`; a bare port means loopback
 * @param inherited a descriptor that listens there already; null: the address is bound
 * @throws AppError ADDRESS_IN_USE, ADDRESS_FORBIDDEN, ADDRESS_INVALID, ADDRESS_UNAVAILABLE
 */
export async function openAdmin(written: string, sources: Sources, inherited: number | null = null): Promise<Admin> {
  const address = await toAddress(parse(written), "admin");
  // What a probe hears that was on its way when a successor took over: to itself this primary then stops.
  let last: HealthFacts | null = null;
  const health = (): HealthFacts => last ?? sources.health();
  const server = serverFor({ ...sources, health }, () => last !== null);
  if (inherited === null) await listen(server, address);
  else await once(server.listen({ fd: inherited }), "listening");
  server.unref();
  return {
    url: urlOf(server, address),
    fd: (server as unknown as { _handle: { fd: number } })._handle.fd,
    leave: () => {
      last = sources.health();
      if (address.kind === "unix") keepFile(address.path, () => stopListening(server));
      else stopListening(server);
    },
    close: async () => {
      if (inherited !== null && address.kind === "unix") rmSync(address.path, { force: true });
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** http's own close ends, from Node 26.4 on, connections whose request is still on its way. */
function stopListening(server: Http.Server): void {
  Server.prototype.close.call(server);
}

/** A server that has bound its unix socket removes the file when it closes: for a moment it has another name as well. */
function keepFile(path: string, close: () => void): void {
  const other = `${path}.${process.pid}`;
  try {
    linkSync(path, other);
    close();
    renameSync(other, path);
  } catch {
    close();
  }
}

function parse(written: string): WrittenAddress {
  const address = parseAddress(written);
  if (!address) throw new AppError("ADDRESS_INVALID", `expected an address for the health endpoints, got "${written}"`);
  return /^\d+$/.test(written) ? { kind: "tcp", host: "127.0.0.1", port: Number(written) } : address;
}

/** `isLast`: who asks again is to find whoever serves by then. */
function serverFor(sources: Sources, isLast: () => boolean): Http.Server {
  // Not imported: that would load all of HTTP for those who serve no health endpoints, too.
  const { createServer } = process.getBuiltinModule("node:http");
  const server = createServer(LIMITS, (request, response) => {
    const { method = "", url = "" } = request;
    if (isLast()) response.setHeader("connection", "close");
    const send = ({ status, headers, body }: Answer): void => void response.writeHead(status, headers).end(body);
    if (url.split("?", 1)[0] !== METRICS) return send(answer(method, url, sources.health()));
    if (method !== "GET" && method !== "HEAD") return send(notRead());
    sources.metrics().then(
      (text) => send(reply(200, text, { "content-type": CONTENT_TYPE })),
      (error: Error) => send(reply(503, `the metrics could not be gathered: ${error.message}\n`)),
    );
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on("connection", (socket) => {
    socket.unref();
    socket.setTimeout(LONGEST_SILENCE, () => socket.destroy());
  });
  return server;
}

async function listen(server: Http.Server, address: Address): Promise<void> {
  let errno = await attempt(server, address);
  const taken = errno === -constants.errno.EADDRINUSE && address.kind === "unix";
  if (taken && (await clearStale(address.path))) errno = await attempt(server, address);
  if (errno !== 0) throw ofAdmin(bindError(address, errno));
}

/** Answers 0 or a negative errno. */
async function attempt(server: Http.Server, address: Address): Promise<number> {
  server.listen(toListenOptions(address));
  return await once(server, "listening").then(
    () => 0,
    (error: NodeJS.ErrnoException) => error.errno ?? -1,
  );
}

function ofAdmin({ code, message, hint }: AppError): AppError {
  const other = code === "ADDRESS_IN_USE" ? "Stop that process or choose another address with --admin." : hint;
  return new AppError(code, `the health endpoints cannot be served: ${message}`, other);
}

function urlOf(server: Http.Server, address: Address): string {
  const bound = server.address();
  if (bound === null || typeof bound === "string" || address.kind === "unix") return showAddress(address);
  const host = address.host ?? "localhost";
  return `http://${host.includes(":") ? `[${host}]` : host}:${bound.port}`;
}
