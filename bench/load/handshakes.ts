import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { HandshakePlan, Shaken } from "./handshake-plan.ts";

const [text = "", port] = process.argv.slice(2);
const { handshakes, clients, resume } = JSON.parse(text) as HandshakePlan;

/** A server that gives no ticket by then gives none. */
const TICKET_LIMIT_MS = 200;

interface Handshake {
  readonly resumed: boolean;
  /** Of its session; null: there was none, or it is not wanted. */
  readonly ticket: Buffer | null;
}

function open(ticket: Buffer | null): TLSSocket {
  return connect({
    host: "127.0.0.1",
    port: Number(port),
    servername: "localhost",
    rejectUnauthorized: false,
    ALPNProtocols: ["http/1.1"],
    ...(ticket && { session: ticket }),
  });
}

async function ticketFrom(socket: TLSSocket): Promise<Buffer | null> {
  const signal = AbortSignal.timeout(TICKET_LIMIT_MS);
  const [ticket] = (await once(socket, "session", { signal }).catch(() => [null])) as [Buffer | null];
  return ticket;
}

/** Null: it failed. The server closes last, so that its half of the handshake is done as well. */
async function shake(used: Buffer | null): Promise<Handshake | null> {
  const socket = open(used);
  const closed = new Promise((resolve) => socket.on("close", resolve));
  try {
    const given = resume ? ticketFrom(socket) : null;
    socket.resume();
    await once(socket, "secureConnect");
    const resumed = socket.isSessionReused();
    const ticket = await given;
    socket.end();
    await closed;
    return { resumed, ticket };
  } catch {
    return null;
  }
}

let begun = 0;
const shaken: (Handshake | null)[] = [];

async function runClient(): Promise<void> {
  let last = await shake(null);
  while (begun < handshakes) {
    begun += 1;
    last = await shake(last?.ticket ?? null);
    shaken.push(last);
  }
}

await Promise.all(Array.from({ length: clients }, runClient));
const done = shaken.filter((one) => one !== null);
const outcome: Shaken = {
  done: done.length,
  resumed: done.filter(({ resumed }) => resumed).length,
  errors: shaken.length - done.length,
};
process.stdout.write(JSON.stringify(outcome));
