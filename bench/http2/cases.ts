/** What can be measured: an app, on a server, over a protocol, under a load. */
export const APPS = { express: "Express 5", koa: "Koa", fastify: "Fastify", hono: "Hono" } as const;
export type AppId = keyof typeof APPS;

export const PROTOCOLS = { h1: "http/1.1", https: "https/1.1", h2: "h2" } as const;
export type Protocol = keyof typeof PROTOCOLS;

export const SERVERS = {
  node: { name: "node", command: "plain", workers: 1 },
  drover: { name: "Drover, 1 worker", command: "drover", workers: 1 },
  drover2: { name: "Drover, 2 workers", command: "drover", workers: 2 },
  cluster: { name: "node:cluster, 2 workers", command: "cluster", workers: 2 },
} as const;
export type ServerId = keyof typeof SERVERS;

/** `resume` is a handshake with a session that the client has kept. */
export type Act = "get" | "post" | "handshake" | "resume";

export interface Case {
  readonly app: AppId;
  readonly server: ServerId;
  readonly protocol: Protocol;
  readonly act: Act;
  /** Requests under way at once for each of {@link CONNECTIONS}; HTTP/1.1 has a connection for each of them. */
  readonly streams: number;
}

export const CONNECTIONS = 8;
export const STREAMS = [1, 10, 100] as const;
/** Of the workloads that are about something else. */
export const USUAL_STREAMS = 10;

const protocols = Object.keys(PROTOCOLS) as Protocol[];
const bySide = ["node", "drover", "drover2"] as const;

/** What is compared is measured side by side. */
function beside(act: Act, apps: readonly AppId[]): Case[] {
  return protocols
    .flatMap((protocol) =>
      apps.flatMap((app) => bySide.map((server) => ({ app, server, protocol, act, streams: USUAL_STREAMS }))),
    )
    .filter(isPossible);
}

/** Express does not run on Node's HTTP/2 server. */
function isPossible({ app, server, protocol }: Case): boolean {
  return app !== "express" || server !== "node" || protocol !== "h2";
}

export const WORKLOADS = {
  get: (apps) => beside("get", apps),
  post: (apps) =>
    beside(
      "post",
      apps.filter((app) => app === "express" || app === "koa"),
    ),
  streams: (apps) =>
    STREAMS.flatMap((streams) =>
      apps.flatMap((app) => protocols.map((protocol) => ({ app, server: "drover", protocol, act: "get", streams }))),
    ),
  handshakes: () =>
    (["handshake", "resume"] as const).flatMap((act) =>
      (["cluster", "drover2"] as const).map((server) => ({ app: "koa", server, protocol: "https", act, streams: 1 })),
    ),
} as const satisfies Record<string, (apps: readonly AppId[]) => Case[]>;

export type WorkloadId = keyof typeof WORKLOADS;

/** What several workloads show is measured once. */
export function casesOf(workloads: readonly WorkloadId[], apps: readonly AppId[]): Case[] {
  const cases = workloads.flatMap((workload): Case[] => WORKLOADS[workload](apps));
  return [...new Map(cases.map((one) => [Object.values(one).join(), one])).values()];
}

export function titleOf({ app, server, protocol, act, streams }: Case): string {
  return `${act}, ${APPS[app]} on ${SERVERS[server].name}, ${PROTOCOLS[protocol]}, ${streams} at once`;
}
