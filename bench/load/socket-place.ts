import { connect, type Socket } from "node:net";
import type { Verdict } from "./answers.ts";
import type { Events, Place } from "./place.ts";
import type { Talk } from "./talks.ts";

/** A place with a connection at a time. One that is gone is opened again when the next request is due. */
export function socketPlace(port: number, { greeting, request, newReader, stays }: Talk, on: Events): Place {
  let socket: Socket | null = null;
  let isFree = false;
  let isAsked = false;

  const free = (): void => {
    isFree = true;
    on.free();
  };

  const answered = (asExpected: boolean): void => {
    isAsked = false;
    on.answered(asExpected);
  };

  const heard = (own: Socket, verdict: Verdict): void => {
    if (verdict === "part") return;
    if (!isAsked || verdict === "wrong") return void own.destroy();
    answered(true);
    if (verdict === "right" && stays) free();
    else own.end();
  };

  const open = (): void => {
    const own = connect({ port, host: "127.0.0.1", noDelay: true });
    const read = newReader();
    let isGreeted = greeting === null;
    const ready = (): void => {
      if (isAsked) own.write(request);
      else free();
    };
    socket = own;
    isFree = false;
    own.on("connect", () => (greeting === null ? ready() : own.write(greeting)));
    own.on("data", (chunk: Buffer) => {
      if (isGreeted) return heard(own, read(chunk));
      isGreeted = chunk.indexOf("HTTP/1.1 101") === 0 && chunk.indexOf("\r\n\r\n") === chunk.length - 4;
      if (isGreeted) ready();
      else own.destroy();
    });
    // What an error leaves unanswered is counted when the connection closes.
    own.on("error", () => {});
    own.on("close", () => {
      if (socket === own) socket = null;
      if (isAsked) answered(false);
      if (!isFree) free();
    });
  };

  return {
    open: () => (stays ? open() : free()),
    ask: () => {
      isFree = false;
      isAsked = true;
      if (socket) socket.write(request);
      else open();
    },
    close: () => void socket?.destroy(),
  };
}
