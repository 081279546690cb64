/** Where one request at a time is asked: a connection, or a stream. */
export interface Place {
  /** Makes it ready: it is free as soon as it can be asked, or cannot be made ready. */
  open(): void;
  ask(): void;
  close(): void;
}

export interface Events {
  /** Once for each request: whether the answer was as expected. */
  readonly answered: (asExpected: boolean) => void;
  /** It can be asked again. */
  readonly free: () => void;
}
