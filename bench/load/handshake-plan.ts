/** Connects by TLS and leaves, again and again, without a request. */
export interface HandshakePlan {
  /** In all; each client's first one is made before. */
  readonly handshakes: number;
  /** At a time. */
  readonly clients: number;
  /** With the newest ticket that this client was given, by whichever worker. */
  readonly resume: boolean;
}

export interface Shaken {
  readonly done: number;
  /** Of those. */
  readonly resumed: number;
  readonly errors: number;
}
