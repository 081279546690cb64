import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { writeCertificate } from "./certificate.ts";
import { freePorts } from "./free-ports.ts";
import type { Peer, Protocol, Started, Task } from "./peers/peer.ts";

const START_LIMIT_MS = 30_000;
const INTERRUPTIONS = ["SIGINT", "SIGTERM"] as const;
const INTERRUPTED = 130;

/** An app that a peer runs, under measurement. */
export interface Subject<Running extends Started = Started> {
  readonly peer: Peer;
  readonly port: number;
  readonly workers: number;
  readonly started: Running;
  /** From the command to the first 200, in milliseconds. */
  readonly firstAnswerMs: number;
  /** Opens a connection that takes HTTP/1.1: plain, or by TLS. */
  readonly open: () => Socket;
  /** Ends the peer, with all that it has started, and resolves when it is gone. */
  readonly stop: () => Promise<void>;
}

export type Asked = Omit<Task, "port" | "folder">;

function opener(protocol: Protocol, port: number): () => Socket {
  const host = "127.0.0.1";
  if (protocol === "http") return () => connect(port, host);
  return () => connectTls({ host, port, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
}

/** One request on a connection of its own: the body, or `null` when it was refused or not answered with 200. */
export function get(socket: Socket, path: string): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  let answer = "";
  socket.setEncoding("latin1");
  socket.on("connect", () => socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n`));
  socket.on("data", (text: string) => (answer += text));
  socket.on("error", () => resolve(null));
  socket.on("close", () => resolve(answer.startsWith("HTTP/1.1 200") ? (answer.split("\r\n\r\n")[1] ?? "") : null));
  return promise;
}

/** Starts a peer with an app and waits until each of its workers has answered. */
export async function begin<Running extends Started>(peer: Peer<Running>, asked: Asked): Promise<Subject<Running>> {
  const workers = peer.single ? 1 : asked.workers;
  const folder = mkdtempSync(join(tmpdir(), "drover-bench-"));
  const [port = 0] = await freePorts(1);
  const open = opener(asked.protocol, port);
  const secrets = asked.protocol === "http" ? {} : await writeCertificate(folder);
  const since = performance.now();
  const started = await peer.start({ ...asked, env: { ...asked.env, ...secrets }, port, folder });
  const stop = async (): Promise<void> => {
    for (const signal of INTERRUPTIONS) process.off(signal, interrupt);
    await started.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  // A daemon does not end with the terminal that it was started from.
  const interrupt = (): void => void stop().finally(() => process.exit(INTERRUPTED));
  for (const signal of INTERRUPTIONS) process.once(signal, interrupt);
  try {
    const firstAnswerMs = await untilFirstAnswer(open, since);
    await untilAllAnswer(open, workers, "/pid");
    return { peer, port, workers, started, firstAnswerMs, open, stop };
  } catch (error) {
    await stop();
    throw new Error(`${peer.name} with ${basename(asked.app)}: ${(error as Error).message}`, { cause: error });
  }
}

async function untilFirstAnswer(open: () => Socket, since: number): Promise<number> {
  // A pause of 1 ms leaves the second core to the server; a loop without one would slow down what it measures.
  while ((await get(open(), "/")) === null) {
    if (performance.now() - since > START_LIMIT_MS) throw new Error("no answer");
    await sleep(1);
  }
  return performance.now() - since;
}

/** Resolves when that many workers have said which one they are, as every app does at /pid. */
export async function untilAllAnswer(open: () => Socket, workers: number, path: string): Promise<void> {
  const seen = new Set<string>();
  const deadline = performance.now() + START_LIMIT_MS;
  while (seen.size < workers) {
    const answers = await Promise.all(Array.from({ length: 16 }, () => get(open(), path)));
    for (const answer of answers) if (answer !== null) seen.add(answer);
    if (performance.now() > deadline) throw new Error(`only ${seen.size} of ${workers} workers answer`);
  }
}
