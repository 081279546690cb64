/**
 * Answers 503 while no worker is ready, so that nobody hangs and health checks see it. Started by primary/beside/stand-in.ts with the
 * inherited listeners' descriptors as arguments; it leaves when its message channel closes.
 */
import { createServer, type Server } from "node:http";
import net from "node:net";

const RETRY_AFTER_SECONDS = "5";
const LAST_ANSWERS_MS = 2_000;

function refuse(): Server {
  return createServer((request, response) => {
    request.resume();
    response.writeHead(503, { "retry-after": RETRY_AFTER_SECONDS, connection: "close", "content-type": "text/plain" });
    response.end("Service unavailable, please try again in a few seconds.\n");
  });
}

const servers = process.argv.slice(2).map((fd) => refuse().listen({ fd: Number(fd) }));

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

function leave(): void {
  for (const server of servers) {
    // http's own close() resets connections that have not sent a byte yet (Node >= 26.4).
    net.Server.prototype.close.call(server);
    setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS).unref();
  }
}

process.once("disconnect", leave);
// Lost while we were loading: the event has passed.
if (!process.connected) leave();
