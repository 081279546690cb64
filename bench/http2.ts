import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import {
  APPS,
  casesOf,
  CONNECTIONS,
  titleOf,
  WORKLOADS,
  type AppId,
  type Case,
  type WorkloadId,
} from "./http2/cases.ts";
import { openPlace, type Place } from "./http2/place.ts";
import { runCase, type Run } from "./http2/run.ts";
import { sectionOf } from "./http2/sections.ts";
import { COMMON_OPTIONS, perform } from "./perform.ts";
import { pick } from "./pick.ts";

const HELP = `node bench/http2.ts [options]: HTTP/1.1, HTTPS and HTTP/2 in Drover beside plain Node, interleaved

  --apps LIST        ${Object.keys(APPS).join(",")} (default: all)
  --workloads LIST   ${Object.keys(WORKLOADS).join(",")} (default: all)
  --rounds N         how often each row runs (default: 7)
  --scale X          multiplies the number of requests (default: 1)
  --out FOLDER       where the results go (default: bench/results)

Needs h2load (Debian: apt install nghttp2-client). Drover runs from dist: npm run build.
`;

const { values } = parseArgs({
  options: {
    ...COMMON_OPTIONS,
    apps: { type: "string" },
    workloads: { type: "string" },
    scale: { type: "string", default: "1" },
  },
});

const versionOf = (command: string): string => execFileSync(command, ["--version"], { encoding: "utf8" }).trim();

async function runAll(place: Place): Promise<void> {
  const workloads = pick<WorkloadId>(values.workloads, WORKLOADS, "workload");
  const apps = pick<AppId>(values.apps, APPS, "app");
  await perform<Case, Run>(
    {
      name: "protocols",
      title: `HTTP/1.1, HTTPS and HTTP/2, medians of ${values.rounds} rounds`,
      method:
        "Each app on the server that Node has for the protocol (`http`, `https`, `http2.createSecureServer` with its compat API, one process), and exported to Drover with `--tls-cert` and `--tls-key`. " +
        "All take turns within each round, every server freshly started, after a warm-up of a tenth of the requests. " +
        "CPU time is user and system time of the server's whole process tree from /proc, Drover's primary included; what opening the connections takes is measured beforehand, by one request on each, and taken off both figures. " +
        `The load is ${versionOf("h2load")} on the same machine; h2 has ${CONNECTIONS} connections with 1, 10 or 100 streams, HTTP/1.1 a connection for each request that is under way, as browsers and proxies do it. ` +
        `TLS is 1.3 of OpenSSL ${process.versions.openssl} with a P-256 certificate, HTTP/2 is nghttp2 ${process.versions["nghttp2"] ?? "?"}. CPU per request is the steady figure, requests/s is not.`,
      entries: casesOf(workloads, apps),
      run: (one) => runCase(one, place, Number(values.scale)),
      nameOf: titleOf,
      show: ({ cpuMicros, perSecond, errors }) =>
        `${cpuMicros.toFixed(1)} CPU µs, ${perSecond.toFixed(0)}/s, ${errors} errors`,
      sections: (results) => workloads.map((workload) => sectionOf(workload, results)),
    },
    values,
  );
}

if (values.help) process.stdout.write(HELP);
else {
  const place = openPlace();
  try {
    await runAll(place);
  } finally {
    place.leave();
  }
}
