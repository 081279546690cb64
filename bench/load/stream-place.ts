import { once } from "node:events";
import { connect, constants, type ClientHttp2Session } from "node:http2";
import type { Events, Place } from "./place.ts";

/** A connection of HTTP/2. One that is gone is opened again when the next stream needs it. */
export interface Connection {
  readonly session: () => ClientHttp2Session;
  readonly close: () => void;
}

/** Resolves when it is open. */
export async function openConnection(port: number): Promise<Connection> {
  const open = (): ClientHttp2Session => {
    const opened = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    // What an error leaves unanswered is counted when its streams close.
    return opened.on("error", () => {});
  };
  let session = open();
  await once(session, "connect");
  return {
    session: () => {
      if (session.closed || session.destroyed) session = open();
      return session;
    },
    close: () => session.destroy(),
  };
}

/** A place for one stream at a time. */
export function streamPlace({ session, close }: Connection, answer: string, on: Events): Place {
  const ask = (): void => {
    const stream = session().request({ [constants.HTTP2_HEADER_PATH]: "/" });
    let status: number | undefined;
    let body = "";
    stream.setEncoding("latin1");
    stream.on("response", (head) => (status = Number(head[constants.HTTP2_HEADER_STATUS])));
    stream.on("data", (text: string) => (body += text));
    stream.on("error", () => {});
    stream.on("close", () => {
      on.answered(status === 200 && body === answer);
      on.free();
    });
  };
  return { open: on.free, ask, close };
}
