/** The way to a server. */
export interface Connection {
  /** What is sent goes out now. */
  readonly isReady: boolean;
  /** Begins to connect, where that has not begun. */
  open(): void;
  /** As @redis/client's `sendCommand` of one server. */
  send(command: readonly string[]): Promise<unknown>;
  /** It hangs: another one may not. */
  renew(): void;
  close(): void;
}

export interface ConnectionEvents {
  onReady(): void;
  /** An attempt to connect failed. There will be others. */
  onFailed(error: Error): void;
}

/** What is used of a client of @redis/client, be it the app's or ours, of version 5 or later. */
export interface RedisClient {
  readonly isReady?: boolean;
  /** @param options `timeout`: milliseconds after which a command that was not sent never is */
  sendCommand(command: string[], options?: { readonly timeout: number }): Promise<unknown>;
  on(event: string, listener: (error: Error) => void): unknown;
}
