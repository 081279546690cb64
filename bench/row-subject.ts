import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Row } from "./rows.ts";
import { pidsOf } from "./tree.ts";

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 10_000;

/** A running server under measurement. */
export interface Subject {
  readonly pid: number;
  readonly port: number;
  readonly open: Open;
  readonly stdout: ChildProcess["stdout"];
  /** From spawn to the first 200, in milliseconds. */
  readonly firstAnswerMs: number;
  /** Ends the whole process tree and resolves when it is gone. */
  stop(): Promise<void>;
}

/** Opens a connection to a port of 127.0.0.1 that takes HTTP/1.1: plain, or by TLS. */
export type Open = (port: number) => Socket;

export interface StartOptions {
  readonly workers: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Where the server's stdout goes; `ignore` unless its lines are what is measured. */
  readonly stdout?: "pipe" | "ignore";
  /** Default: plain. */
  readonly open?: Open;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** One request on a connection of its own: the body, or `null` when it was refused or not answered with 200. */
function get(port: number, path: string, open: Open): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const socket = open(port);
  let answer = "";
  socket.setEncoding("latin1");
  socket.on("connect", () => socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n`));
  socket.on("data", (text: string) => (answer += text));
  socket.on("error", () => resolve(null));
  socket.on("close", () => resolve(answer.startsWith("HTTP/1.1 200") ? (answer.split("\r\n\r\n")[1] ?? "") : null));
  return promise;
}

/** Starts a row's server and waits for its first answer. */
export async function start(row: Row, options: StartOptions): Promise<Subject> {
  const { open = (port) => connect(port, "127.0.0.1") } = options;
  const port = await freePort();
  const [script = "", ...args] = row.command(port, options.workers);
  const started = performance.now();
  const child = spawn(process.execPath, [script, ...args], {
    env: {
      ...process.env,
      NODE_ENV: "production",
      PORT: String(port),
      WORKERS: String(options.workers),
      ...row.env,
      ...options.env,
    },
    stdio: ["ignore", options.stdout ?? "ignore", "pipe"],
  });
  let complaints = "";
  child.stderr?.on("data", (chunk: Buffer) => (complaints += chunk.toString()));

  // A pause of 1 ms leaves the second core to the server; a loop without one would slow down what it measures.
  while ((await get(port, "/", open)) === null) {
    if (child.exitCode !== null || performance.now() - started > START_LIMIT_MS) {
      await stopTree(child);
      throw new Error(`${row.name} did not start: ${complaints || "no answer"}`);
    }
    await sleep(1);
  }
  const firstAnswerMs = performance.now() - started;
  return { pid: child.pid ?? 0, port, open, stdout: child.stdout, firstAnswerMs, stop: () => stopTree(child) };
}

/** Resolves when that many different workers have answered. */
export async function allAnswer({ port, open }: Subject, workers: number, path = "/pid"): Promise<void> {
  const pids = new Set<string>();
  const deadline = performance.now() + START_LIMIT_MS;
  while (pids.size < workers) {
    const answers = await Promise.all(Array.from({ length: 16 }, () => get(port, path, open)));
    for (const pid of answers) if (pid !== null) pids.add(pid);
    if (performance.now() > deadline) throw new Error(`only ${pids.size} of ${workers} workers answer`);
  }
}

async function stopTree(child: ChildProcess): Promise<void> {
  const pids = child.pid === undefined ? [] : pidsOf(child.pid);
  child.kill("SIGTERM");
  const deadline = performance.now() + STOP_LIMIT_MS;
  while (pids.some(isAlive)) {
    if (performance.now() > deadline) for (const pid of pids.filter(isAlive)) process.kill(pid, "SIGKILL");
    await sleep(10);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
