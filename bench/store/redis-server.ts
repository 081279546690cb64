import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { createInterface } from "node:readline";

export interface RedisServer {
  readonly pid: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** The system's redis-server (Debian: `apt install redis-server`) on a free port of 127.0.0.1, empty, writing nothing to disk: Redis at its fastest. */
export async function startRedisServer(): Promise<RedisServer> {
  const port = await freePort();
  const options = ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "no"];
  const server = spawn("redis-server", options, { stdio: ["ignore", "pipe", "inherit"] });
  const ready = Promise.withResolvers<void>();
  server.once("error", ready.reject);
  server.once("exit", (code) => ready.reject(new Error(`redis-server ended with ${code}`)));
  createInterface(server.stdout).on("line", (line) => {
    if (line.includes("Ready to accept connections")) ready.resolve();
  });
  await ready.promise;
  return {
    pid: server.pid ?? 0,
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      const gone = once(server, "exit");
      server.kill("SIGTERM");
      await gone;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
