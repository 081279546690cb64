import type { Server } from "node:http";
import type { Socket } from "node:net";
import { AppError } from "../errors.ts";

type Use = (socket: Socket) => void;

/**
 * From now on each new connection of a plain http server goes to `use`, before anybody else hears of it, and no more to Node's own listener, which makes it
 * one of HTTP/1. There is no other way between such a server and its connections.
 * @returns Node's own listener
 * @throws AppError APP_NOT_SERVABLE where Node has changed too much for that
 */
export function takeConnections(server: Server, use: Use): Use {
  const http1 = server.listeners("connection").find(({ name }) => name === "connectionListener") as Use | undefined;
  if (!http1) throw notPossible();
  server.off("connection", http1).prependListener("connection", use);
  return http1.bind(server);
}

function notPossible(): AppError {
  const message = `Node ${process.versions.node} does not let anything between an http server and its connections`;
  const hint = "Export the app instead of listening, so that Drover makes its server; and report this.";
  return new AppError("APP_NOT_SERVABLE", message, hint);
}
