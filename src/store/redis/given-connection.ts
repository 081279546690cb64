import { LONGEST_WAIT } from "../store.ts";
import type { Connection, ConnectionEvents, RedisClient } from "./connection.ts";

/** The app's own client: it connects, comes back and is closed as the app has set it up. */
export class GivenConnection implements Connection {
  readonly #client: RedisClient;

  constructor(client: RedisClient, events: ConnectionEvents) {
    this.#client = client;
    client.on("ready", () => events.onReady());
    // A client's error without a listener would end the process.
    client.on("error", (error) => events.onFailed(error));
  }

  /** Pools do not tell. */
  get isReady(): boolean {
    return this.#client.isReady ?? true;
  }

  open(): void {
    // Its owner does.
  }

  /** What stands in its queue is not to be done when nobody has expected it for long. Later than our own deadline, which knows whether this process was busy. */
  send(command: string[]): Promise<unknown> {
    return this.#client.sendCommand(command, { timeout: 2 * LONGEST_WAIT });
  }

  renew(): void {
    // Its owner does.
  }

  close(): void {
    // Its owner does.
  }
}
