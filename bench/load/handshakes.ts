import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { HandshakePlan, Shaken } from "./handshake-plan.ts";

const [text = "", port] = process.argv.slice(2);
const { handshakes, clients, resume } = JSON.parse(text) as HandshakePlan;

interface Handshake {
  readonly resumed: boolean;
  /** The last one the server gave; null: it gave none. */
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

/** Null: it failed. The server closes last: its half of the handshake is done by then, and its tickets have come. */
async function shake(used: Buffer | null): Promise<Handshake | null> {
  const socket = open(used);
  const closed = new Promise((resolve) => socket.on("close", resolve));
  let ticket: Buffer | null = null;
  socket.on("session", (given: Buffer) => (ticket = given));
  socket.resume();
  try {
    await once(socket, "secureConnect");
    const resumed = socket.isSessionReused();
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
  let ticket = (await shake(null))?.ticket ?? null;
  while (begun < handshakes) {
    begun += 1;
    const one = await shake(resume ? ticket : null);
    ticket = one?.ticket ?? ticket;
    shaken.push(one);
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
