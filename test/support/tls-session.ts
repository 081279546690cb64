import { once } from "node:events";
import { text } from "node:stream/consumers";
import { connect, type ConnectionOptions } from "node:tls";
import { within } from "./wait.ts";

/** Begins a session and answers the ticket for it. Nothing is verified. */
export async function beginSession(port: number, options: ConnectionOptions = {}): Promise<Buffer> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
  try {
    const [[session]] = (await within(
      Promise.all([once(socket, "session"), once(socket, "secureConnect")]),
      "a ticket",
    )) as [[Buffer], unknown];
    return session;
  } finally {
    socket.destroy();
  }
}

/** How a handshake with that ticket went: `resumed` or `anew`, and then `answered`, or `refused` when a request over HTTP/1.1 was not. */
export async function resume(port: number, session: Buffer, options: ConnectionOptions = {}): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options, session });
  let how = "anew";
  socket.once("secureConnect", () => {
    if (socket.isSessionReused()) how = "resumed";
  });
  socket.end("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const answer = await within(
    text(socket).catch(() => ""),
    "the end of an answer",
  );
  const end = answer.startsWith("HTTP/1.1 200") ? "answered" : "refused";
  return `${how} and ${end}`;
}
