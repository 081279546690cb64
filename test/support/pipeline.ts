import { once } from "node:events";
import { connect } from "node:net";
import { readResponse } from "./http-response.ts";
import { within } from "./wait.ts";

export interface PipelineEnd {
  /** Whole answers, each to one request. */
  readonly answers: number;
  /** Requests that were written in full. */
  readonly sent: number;
  /** The last answer said `Connection: close`. */
  readonly toldToClose: boolean;
  /** Bytes of an answer that was not whole. */
  readonly torn: number;
  /** How the connection ended: in good order, or with this error. */
  readonly error: string | undefined;
}

const REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
/** Requests it is ahead of the answers. */
const AHEAD = 20;

/** Sends without waiting for answers, and never stops by itself. `started`: the first answer is there. */
export function pipeline(port: number, started: () => void): Promise<PipelineEnd> {
  const socket = connect(port, "127.0.0.1");
  let rest = Buffer.alloc(0);
  let [answers, sent, toldToClose] = [0, 0, false];
  let error: string | undefined;
  const ask = (): void => {
    if (!socket.writable || toldToClose) return;
    for (; sent < answers + AHEAD; sent += 1) socket.write(REQUEST);
  };
  socket.on("error", (thrown) => (error = thrown.message));
  socket.on("connect", ask);
  socket.on("data", (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    for (let answer = readResponse(rest, false); answer !== undefined; answer = readResponse(rest, false)) {
      rest = rest.subarray(answer.size);
      answers += 1;
      toldToClose = answer.headers.get("connection") === "close";
    }
    if (answers > 0) started();
    ask();
  });
  const closed = once(socket, "close").then(() => ({ answers, sent, toldToClose, torn: rest.length, error }));
  return within(closed, "the server to close the pipeline");
}
