import { createRequire } from "node:module";
import type { Server } from "node:net";
import type { Protocol } from "../../protocol/ipc.ts";
import { http, isHttpsServer } from "../../server/node-http.ts";

/** Frameworks by the folder they are loaded from; those built on others come first. */
const KNOWN = [
  ["next", "Next.js"],
  ["@nestjs/core", "Nest"],
  ["fastify", "Fastify"],
  ["koa", "Koa"],
  ["express", "Express"],
  ["restify", "Restify"],
  ["connect", "Connect"],
] as const;

/** Which framework the app has loaded, for the line a newcomer reads; CommonJS packages only, `null` when none is among them. */
export function loadedFramework(): string | null {
  const files = Object.keys(createRequire(import.meta.url).cache);
  const found = KNOWN.find(([folder]) => files.some((file) => file.includes(`/node_modules/${folder}/`)));
  return found?.[1] ?? null;
}

/** Known by name: Node exports no classes for HTTP/2 servers. */
export function protocolOf(server: Server): Exclude<Protocol, "redirect"> {
  const name = server.constructor.name;
  if (name === "Http2SecureServer") return "https+http2";
  if (name === "Http2Server") return "http2";
  if (server instanceof http.Server) return "http";
  return isHttpsServer(server) ? "https" : "tcp";
}
