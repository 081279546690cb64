import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../free-ports.ts";
import { keep, type Kept } from "./kept.ts";
import { endTrees, launch, untilGone } from "./launch.ts";
import { configOf } from "./nginx-config.ts";
import type { Peer, Started, Task } from "./peer.ts";

const START_LIMIT_MS = 20_000;

async function untilListening(port: number): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  while (performance.now() < deadline) {
    const socket = connect(port, "127.0.0.1");
    const listens = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (listens) return;
    await sleep(10);
  }
  throw new Error(`nobody listens on port ${port}`);
}

async function start(task: Task): Promise<Started> {
  const { node, app, folder } = task;
  const ports = await freePorts(task.workers);
  // nginx speaks TLS, so the app need not.
  const { TLS_CERT: _cert, TLS_KEY: _key, ...env } = task.env;
  const apps = ports.map((port): Kept & { port: number } => ({
    port,
    ...keep({ file: node, args: [app] }, { ...task, env, port }),
  }));
  const config = join(folder, "nginx.conf");
  writeFileSync(config, configOf(task, ports));
  const nginx = launch({ file: "nginx", args: ["-p", folder, "-e", "stderr", "-c", config] }, task);
  const workers = (): number[] => apps.map(({ pid }) => pid());
  return {
    get roots() {
      return [nginx, ...workers()];
    },
    workers,
    reload: async () => {
      for (const { port, pid } of apps) {
        const old = pid();
        process.kill(old, "SIGTERM");
        await untilGone([old]);
        await untilListening(port);
      }
    },
    stop: async () => {
      for (const { release } of apps) release();
      await endTrees([nginx, ...workers()]);
    },
  };
}

/** A process of Node per worker, each on a port of its own, and nginx in front. */
export const nginx: Peer = { name: "nginx + node", needs: { command: "nginx" }, start };
