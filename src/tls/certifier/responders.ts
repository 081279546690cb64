import type { FromCertifier } from "../../protocol/certifier.ts";
import type { Challenges } from "../../protocol/tls.ts";
import { CertifierError } from "./certifier-error.ts";

/** A worker that boots or hangs for longer than this one is not waited for. Milliseconds. */
const PATIENCE = 60_000;

interface Waiting {
  readonly seq: number;
  readonly heard: () => void;
}

/** The workers, as they are seen from here: through the primary. */
export class Responders {
  readonly #say: (message: FromCertifier) => Promise<void>;
  readonly #signal: AbortSignal;
  readonly #patience: number;
  #seq = 0;
  #waiting: Waiting | null = null;

  /** @param patience Milliseconds */
  constructor(say: (message: FromCertifier) => Promise<void>, signal: AbortSignal, patience = PATIENCE) {
    this.#say = say;
    this.#signal = signal;
    this.#patience = patience;
  }

  /**
   * Resolves when they answer these and nothing else. Nobody waits for them to forget.
   * @throws CertifierError ACME_CHALLENGE_FAILED when they do not
   */
  async answer(challenges: Challenges): Promise<void> {
    this.#seq += 1;
    const seq = this.#seq;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting = { seq, heard: resolve };
    await this.#say({ type: "challenges", seq, ...challenges });
    if (isNothing(challenges)) return;
    const timer = setTimeout(() => reject(late(this.#patience)), this.#patience);
    const gone = (): void => reject(this.#signal.reason);
    this.#signal.addEventListener("abort", gone);
    try {
      this.#signal.throwIfAborted();
      await promise;
    } finally {
      clearTimeout(timer);
      this.#signal.removeEventListener("abort", gone);
    }
  }

  /** They answer the challenges of that number. */
  heard(seq: number): void {
    if (this.#waiting?.seq === seq) this.#waiting.heard();
  }
}

function isNothing({ http01, alpn01 }: Challenges): boolean {
  return Object.keys(http01).length === 0 && Object.keys(alpn01).length === 0;
}

function late(patience: number): CertifierError {
  const message = `expected the workers to answer the authority's challenges within ${patience / 1_000} s, got no word from them`;
  return new CertifierError("ACME_CHALLENGE_FAILED", message, "See the log for what they do. Drover tries again.");
}
