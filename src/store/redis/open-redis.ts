import { createConnection, type Socket } from "node:net";
import { type RedisAddress, showStoreAddress } from "../../protocol/store-address.ts";
import { reportStore } from "../report.ts";
import type { Store } from "../store.ts";
import type { Connection, ConnectionEvents, RedisClient } from "./connection.ts";
import { GivenConnection } from "./given-connection.ts";
import { Line } from "./line.ts";
import { appPlaces, loadRedisClient } from "./load-client.ts";
import { CONNECT_WAIT, OwnConnection } from "./own-connection.ts";
import { RedisStore } from "./redis-store.ts";
import { resettable } from "./resettable.ts";

type Connect = (events: ConnectionEvents) => Connection;

/** Of an app that runs without Drover, which would give its name. Never empty by itself: `clear` must not reach what others keep there. */
export const STANDARD_PREFIX = "drover";
const STANDARD_PORT = 6379;

/**
 * @param report Told once when the store becomes degraded, and once when it no longer is
 * @throws AppError STORE_CLIENT_MISSING
 */
export function openRedisStore(address: RedisAddress, report = reportStore): Store {
  const connect = ownConnections(address, appPlaces(process.argv[1], process.cwd()));
  return assemble(showStoreAddress(address), connect, address.prefix ?? STANDARD_PREFIX, report);
}

/**
 * @param from As of {@link loadRedisClient}
 * @throws AppError STORE_CLIENT_MISSING
 */
export function ownConnections(address: RedisAddress, from: readonly string[]): Connect {
  const createClient = loadRedisClient(from);
  const create = () => resettable(() => createClient(clientOptions(address)));
  return (events) => new OwnConnection(create, events, Math.random);
}

/** On a client that the app has made, connects and closes. */
export function openRedisStoreOn(client: RedisClient, prefix: string, report = reportStore): Store {
  return assemble("redis:client", (events) => new GivenConnection(client, events), prefix, report);
}

function assemble(name: string, connect: Connect, prefix: string, report: typeof reportStore): Store {
  const start = prefix === "" ? "" : `${prefix}:`;
  const line = new Line({
    name,
    connect,
    probe: ["SET", `${start}probe`, "", "PX", "1"],
    report,
    now: () => performance.now(),
    random: Math.random,
  });
  return new RedisStore(name, line, start);
}

/** Everything about time and trying again is ours; the older protocol is understood by every server, and the same to us. */
function clientOptions({ url, socket }: RedisAddress): object {
  const way = { connectTimeout: CONNECT_WAIT, reconnectStrategy: false };
  const parsed = new URL(url);
  const address =
    socket === null
      ? { url, socket: { ...way, ...belowTls(parsed) } }
      : { ...accountOf(parsed), socket: { ...way, path: socket } };
  const timeless = { commandOptions: { timeout: 0 }, maintNotifications: "disabled" };
  return { ...address, ...timeless, RESP: 2, disableOfflineQueue: true, disableClientInfo: true };
}

/** A client takes the address of a socket, or a URL with these. */
function accountOf({ username, password, pathname }: URL): object {
  return {
    database: Number(pathname.slice(1)),
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
  };
}

/** With TLS the connection is made here: only one that is no one else's can be reset. */
function belowTls({ protocol, hostname, port }: URL): { readonly socket?: Socket } {
  if (protocol !== "rediss:") return {};
  const host = hostname.replace(/^\[(.+)\]$/, "$1");
  return { socket: createConnection({ host, port: Number(port) || STANDARD_PORT, noDelay: true, keepAlive: true }) };
}
