import type { Channel, ReceivedHandle } from "../channel.ts";
import type { ListenCapture } from "./capture-listen.ts";

type Servers = Pick<ListenCapture, "servers" | "replug" | "cover" | "discard">;

/**
 * Why a ready worker does not accept: it stands `aside` because the primary gives the others their turn, or it is `full`. It accepts again when no
 * reason is left, through a fresh handle from the primary.
 */
export class Gate {
  readonly #reasons = new Set<"aside" | "full">();
  readonly #capture: Servers;
  readonly #channel: Pick<Channel, "send">;

  constructor(capture: Servers, channel: Pick<Channel, "send">) {
    this.#capture = capture;
    this.#channel = channel;
  }

  /** Whether the worker accepts. */
  get isOpen(): boolean {
    return this.#reasons.size === 0;
  }

  stepAside(): void {
    this.#shut("aside");
  }

  full(): void {
    this.#shut("full");
    this.#channel.send({ type: "full" });
  }

  wantsMore(): void {
    if (this.#reasons.delete("full") && this.isOpen) this.#channel.send({ type: "wants-more" });
  }

  /** The primary sends a handle only to a worker that need not stand aside. Answers whether the worker accepts now. */
  rejoin(key: string, handle: ReceivedHandle): boolean {
    this.#reasons.delete("aside");
    if (this.isOpen) this.#capture.replug(key, handle);
    else this.#capture.discard(handle);
    return this.isOpen;
  }

  /** A shut gate gets its covers anew with {@link rejoin}. */
  cover(key: string, by: string, handle: ReceivedHandle): void {
    if (this.isOpen) this.#capture.cover(key, by, handle);
    else this.#capture.discard(handle);
  }

  #shut(reason: "aside" | "full"): void {
    this.#reasons.add(reason);
    for (const server of this.#capture.servers()) server.unplug();
  }
}
