import { join } from "node:path";
import { CLUSTER } from "../peers/cluster.ts";
import { CLI } from "../peers/drover.ts";
import type { Peer, Task } from "../peers/peer.ts";
import { spawned } from "../peers/spawned.ts";
import { SERVERS, titleOf, type Case } from "./cases.ts";

const PLAIN = join(import.meta.dirname, "plain.js");

/** The server of a case. */
export function peerOf(one: Case): Peer {
  const title = titleOf(one);
  const env = { FRAMEWORK: one.app, PROTOCOL: one.protocol };
  return {
    plain: spawned(title, ({ node }) => ({ file: node, args: [PLAIN], env })),
    cluster: spawned(title, ({ node, workers }) => ({
      file: node,
      args: [CLUSTER],
      env: { ...env, APP: PLAIN, WORKERS: String(workers) },
    })),
    drover: spawned(title, (task) => drover(one, task)),
  }[SERVERS[one.server].command];
}

function drover({ app, protocol }: Case, { node, port, workers, folder, env }: Task) {
  const file = join(import.meta.dirname, `apps/${app}.js`);
  const tls = protocol === "h1" ? [] : ["--tls-cert", String(env["TLS_CERT"]), "--tls-key", String(env["TLS_KEY"])];
  const own = ["-p", String(port), "-w", String(workers), "--log-format", "json", "--name", "bench"];
  return { file: node, args: [CLI, "start", file, ...own, ...tls], env: { DROVER_HOME: join(folder, "home") } };
}
