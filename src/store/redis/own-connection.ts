import type { Connection, ConnectionEvents, RedisClient } from "./connection.ts";

/** One that connects once: what comes after is decided here. */
export interface OneTimeClient extends RedisClient {
  connect(): Promise<unknown>;
  destroy(): void;
  unref(): void;
}

/** Milliseconds that a server may take to accept, and once more to answer. A server that hangs does the first. */
export const CONNECT_WAIT = 1000;

/** Milliseconds between a loss and the first attempt, and between attempts: all workers of all machines come back, and not in one moment. */
const AFTER_LOSS = { least: 0, most: 50 } as const;
const AFTER_FAILURE = { least: 100, most: 500 } as const;

/**
 * Connects when it is opened, and from then on whenever it is not connected. Each attempt has a client of its own. What was given up with the one before does
 * not happen behind what comes after: it is destroyed first, and its `destroy` must take back what its system has not sent yet. The process may end meanwhile.
 */
export class OwnConnection implements Connection {
  readonly #create: () => OneTimeClient;
  readonly #events: ConnectionEvents;
  readonly #random: () => number;
  #client: OneTimeClient | null = null;
  #isReady = false;
  #pause: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param create A client that makes no second attempt, {@link resettable} */
  constructor(create: () => OneTimeClient, events: ConnectionEvents, random: () => number) {
    this.#create = create;
    this.#events = events;
    this.#random = random;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  open(): void {
    if (this.#client === null && this.#pause === undefined && !this.#isClosed) this.#attempt();
  }

  send(command: string[]): Promise<unknown> {
    return this.#client?.sendCommand(command) ?? Promise.reject(new Error("not connected"));
  }

  renew(): void {
    if (this.#client !== null) this.#over(this.#client, new Error("the connection hung"));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#pause);
    const client = this.#client;
    this.#client = null;
    this.#isReady = false;
    if (client !== null) destroy(client);
  }

  #attempt(): void {
    const client = this.#create();
    this.#client = client;
    client.unref();
    client.on("error", (error) => this.#over(client, error));
    client.on("connect", () => this.#accepted(client));
    client
      .connect()
      // Without an answer nothing is known: one client too many is accepted, told so and shut out.
      .then(() => client.sendCommand(["PING"]))
      .then(() => this.#ready(client))
      .catch((error: Error) => this.#over(client, error));
  }

  #accepted(client: OneTimeClient): void {
    // Given up before it was connected, when nothing could be destroyed yet.
    if (this.#client !== client) return destroy(client);
    const late = (): void => {
      if (!this.#isReady) this.#over(client, new Error(`no answer within ${CONNECT_WAIT} ms`));
    };
    setTimeout(late, CONNECT_WAIT).unref();
  }

  #ready(client: OneTimeClient): void {
    if (this.#client !== client) return destroy(client);
    this.#isReady = true;
    this.#events.onReady();
  }

  /** A connection tells of its end several times. */
  #over(client: OneTimeClient, error: Error): void {
    if (this.#client !== client) return;
    const wasReady = this.#isReady;
    this.#client = null;
    this.#isReady = false;
    destroy(client);
    const { least, most } = wasReady ? AFTER_LOSS : AFTER_FAILURE;
    this.#pause = setTimeout(() => this.#again(), least + this.#random() * (most - least)).unref();
    if (!wasReady) this.#events.onFailed(error);
  }

  #again(): void {
    this.#pause = undefined;
    this.open();
  }
}

function destroy(client: OneTimeClient): void {
  try {
    client.destroy();
  } catch {
    // Version 5 throws where it is closed already.
  }
}
