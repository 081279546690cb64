import { CMD, isOurs, type ToPrimary, type ToWorker } from "../protocol/ipc.ts";

/** A socket handle of libuv that came with a message; what it can do is capture-listen.ts's business. */
export type ReceivedHandle = object;

/** The worker's end of the message channel. The app shares it for its own messages and sees none of ours. */
export class Channel {
  /** As it was at the start: an app may take it away, so that nothing in it believes that it has a parent, and would fall silent with it. */
  readonly #send = process.send?.bind(process);

  send(message: ToPrimary, sent: () => void = () => undefined): void {
    if (!process.connected) return sent();
    this.#send?.({ cmd: CMD, ...message }, undefined, undefined, () => sent());
  }

  onMessage(handler: (message: ToWorker, handle: ReceivedHandle | undefined) => void): void {
    process.on("internalMessage" as "message", (message: unknown, handle: unknown) => {
      if (isOurs<ToWorker>(message)) handler(message, handle as ReceivedHandle | undefined);
    });
  }

  onLost(handler: () => void): void {
    process.once("disconnect", handler);
  }

  /** From now on the channel keeps the process alive, as an idle worker must be. */
  hold(): void {
    process.channel?.ref();
  }

  /** Only the app keeps the process alive; when it has nothing left to do, Node emits `beforeExit`. */
  letGo(): void {
    process.channel?.unref();
  }
}
