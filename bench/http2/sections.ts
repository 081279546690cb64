import type { Section } from "../report/table.ts";
import {
  APPS,
  CONNECTIONS,
  PROTOCOLS,
  SERVERS,
  STREAMS,
  USUAL_STREAMS,
  type Act,
  type AppId,
  type Protocol,
  type ServerId,
  type WorkloadId,
} from "./cases.ts";
import { figure, ratio, shown, type Results } from "./figures.ts";
import { verdicts } from "./goals.ts";

const apps = Object.keys(APPS) as AppId[];
const protocols = Object.keys(PROTOCOLS) as Protocol[];
const protocolNames = Object.values(PROTOCOLS);
const UNDER_WAY = CONNECTIONS * USUAL_STREAMS;

const errorsOf = (results: Results): number => results.reduce((sum, { run }) => sum + run.errors, 0);

/** Drover beside plain Node: CPU µs per request. */
function beside(results: Results, act: Act, title: string): Section {
  const load = { act, streams: USUAL_STREAMS };
  const measured = results.filter((result) => result.act === act && result.streams === USUAL_STREAMS);
  const pairs = apps.flatMap((app) => (["node", "drover", "drover2"] as const).map((server) => ({ app, server })));
  return {
    title: `${title}: CPU µs/request, ${UNDER_WAY} requests at once`,
    columns: ["", ...protocolNames.flatMap((name) => [name, "× node"])],
    rows: pairs
      .filter((pair) => measured.some(({ app, server }) => app === pair.app && server === pair.server))
      .map(({ app, server }) => [
        `${APPS[app]}, ${SERVERS[server].name}`,
        ...protocols.flatMap((protocol) => {
          const which = { ...load, app, server, protocol };
          return [
            shown(figure(measured, which, "cpuMicros"), 1),
            shown(ratio(measured, which, { ...which, server: "node" }), 2),
          ];
        }),
      ]),
    notes: [...verdicts(measured, act, USUAL_STREAMS), `requests that failed: ${errorsOf(measured)}`],
  };
}

/** The protocols beside each other, on one worker of Drover. */
function streams(results: Results): Section {
  const measured = results.filter(({ server, act }) => server === "drover" && act === "get");
  const h2 = { protocol: "h2" } as const;
  return {
    title: `Protocols side by side on one worker of Drover: ${CONNECTIONS} connections with 1, 10 and 100 requests at once`,
    columns: [
      "",
      ...protocolNames.map((name) => `${name} CPU µs`),
      "h2 ÷ http/1.1",
      "h2 ÷ https/1.1",
      ...protocolNames.map((name) => `${name} requests/s`),
    ],
    rows: apps
      .filter((app) => measured.some((result) => result.app === app))
      .flatMap((app) =>
        STREAMS.map((streams) => {
          const load = { app, streams };
          const each = (name: "cpuMicros" | "perSecond", digits: number): readonly string[] =>
            protocols.map((protocol) => shown(figure(measured, { ...load, protocol }, name), digits));
          const against = (protocol: Protocol): string =>
            shown(ratio(measured, { ...load, ...h2 }, { ...load, protocol }), 2);
          return [
            `${APPS[app]}, ${streams}`,
            ...each("cpuMicros", 1),
            against("h1"),
            against("https"),
            ...each("perSecond", 0),
          ];
        }),
      ),
    notes: [`requests that failed: ${errorsOf(measured)}`],
  };
}

function handshakes(results: Results): Section {
  const perCpuSecond = (server: ServerId, act: Act): string =>
    shown(1e6 / figure(results, { server, act }, "cpuMicros"), 0);
  return {
    title: "TLS handshakes per CPU second, TLS 1.3, P-256",
    columns: ["", "full", "with a kept session", "of them resumed", "full/s", "with a kept session/s"],
    rows: (["cluster", "drover2"] as const).map((server) => [
      SERVERS[server].name,
      perCpuSecond(server, "handshake"),
      perCpuSecond(server, "resume"),
      `${shown(figure(results, { server, act: "resume" }, "resumed") * 100, 0)} %`,
      shown(figure(results, { server, act: "handshake" }, "perSecond"), 0),
      shown(figure(results, { server, act: "resume" }, "perSecond"), 0),
    ]),
    notes: [],
  };
}

const SECTIONS: Readonly<Record<WorkloadId, (results: Results) => Section>> = {
  get: (results) => beside(results, "get", "Hello world"),
  post: (results) => beside(results, "post", "POST of 1 KB of JSON"),
  streams,
  handshakes,
};

export function sectionOf(workload: WorkloadId, results: Results): Section {
  return SECTIONS[workload](results);
}
