import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { steadyPort, temporaryFolder } from "./fixture.ts";
import { isStopped } from "./proc.ts";
import { need } from "./tools.ts";
import { until, within } from "./wait.ts";

/** Debian's Redis, for one test: on a port of 127.0.0.1 and on a unix socket. */
export interface Redis {
  readonly port: number;
  readonly socket: string;
  /** `redis://127.0.0.1:PORT` */
  readonly url: string;
  /** `unix:/…/redis.sock` */
  readonly unixUrl: string;
  readonly pid: number;
  /** As an operator does: what is in it is there again after `start()`, on the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** It hangs, its connections stay open. */
  freeze(): Promise<void>;
  thaw(): void;
}

/**
 * Starts one that is gone at the test's end. `undefined`: it is not here and cannot be installed, the test is skipped.
 *
 * @param more Further arguments of redis-server: `["--requirepass", "secret"]`
 */
export async function startRedis(t: TestContext, more: readonly string[] = []): Promise<Redis | undefined> {
  if (!need(t, "redis-server", "redis-server")) return undefined;
  const folder = temporaryFolder(t);
  const port = await steadyPort();
  const socket = join(folder, "redis.sock");
  const address = ["--bind", "127.0.0.1", "--port", String(port), "--unixsocket", socket];
  // A save point that is never reached makes it save when it is told to stop, and only then.
  const options = [...address, "--dir", folder, "--save", "86400 1", "--daemonize", "no", ...more];
  let server = await launch(options);
  t.after(async () => {
    const gone = isOver(server) || once(server, "close");
    server.kill("SIGKILL");
    await gone;
  });
  return {
    port,
    socket,
    url: `redis://127.0.0.1:${port}`,
    unixUrl: `unix:${socket}`,
    get pid() {
      return server.pid ?? -1;
    },
    stop: async () => {
      const gone = once(server, "close");
      server.kill("SIGTERM");
      server.kill("SIGCONT");
      await within(gone, "the end of redis-server");
    },
    start: async () => {
      server = await launch(options);
    },
    freeze: async () => {
      const { pid = -1 } = server;
      server.kill("SIGSTOP");
      await until(() => isStopped(pid), "redis-server to stop");
    },
    thaw: () => void server.kill("SIGCONT"),
  };
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function launch(options: readonly string[]): Promise<ChildProcess> {
  const server = spawn("redis-server", options, { stdio: ["ignore", "pipe", "inherit"] });
  const said: string[] = [];
  const ready = Promise.withResolvers<void>();
  createInterface(server.stdout).on("line", (line) => {
    said.push(line);
    // Said for the port, then for the unix socket.
    if (/ready to accept connections at/i.test(line)) ready.resolve();
  });
  server.once("error", ready.reject);
  server.once("close", (code) => ready.reject(new Error(`redis-server ended with ${code}:\n${said.join("\n")}`)));
  await within(ready.promise, () => `redis-server:\n${said.join("\n")}`);
  return server;
}
