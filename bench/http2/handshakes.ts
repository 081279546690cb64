import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";

/**
 * Connects by TLS and leaves, again and again, without a request: a process of its own, so that its work is not counted as the server's.
 * `node handshakes.ts '{ "port": 3000, "count": 1000, "atOnce": 32, "resume": true }'` prints a {@link Shaken} as JSON.
 */
export interface HandshakePlan {
  readonly port: number;
  readonly count: number;
  readonly atOnce: number;
  /** With a session that the client kept from a first connection. */
  readonly resume: boolean;
}

export interface Shaken {
  readonly done: number;
  /** Of those. */
  readonly resumed: number;
}

const { port, count, atOnce, resume } = JSON.parse(process.argv[2] ?? "") as HandshakePlan;

function open(session: Buffer | null): TLSSocket {
  const kept = session ? { session } : {};
  const host = "127.0.0.1";
  return connect({
    host,
    port,
    servername: "localhost",
    rejectUnauthorized: false,
    ALPNProtocols: ["http/1.1"],
    ...kept,
  });
}

async function keepSession(): Promise<Buffer> {
  const socket = open(null);
  const [session] = (await once(socket, "session")) as [Buffer];
  socket.destroy();
  return session;
}

/** Answers whether it was resumed. The server closes last, so that its half of the handshake is done as well. */
async function shake(session: Buffer | null): Promise<boolean> {
  const socket = open(session);
  socket.resume();
  const closed = once(socket, "close");
  await once(socket, "secureConnect");
  const resumed = socket.isSessionReused();
  socket.end();
  await closed;
  return resumed;
}

const session = resume ? await keepSession() : null;
const results: boolean[] = [];
let begun = 0;
async function shakeOn(): Promise<void> {
  while (begun < count) {
    begun += 1;
    results.push(await shake(session));
  }
}
await Promise.all(Array.from({ length: atOnce }, shakeOn));
const shaken: Shaken = { done: results.length, resumed: results.filter(Boolean).length };
process.stdout.write(JSON.stringify(shaken));
