import type { AccountKey } from "./account-key.ts";
import type { Directory } from "./directory.ts";
import { kindOf, readProblem, refusal } from "./problem.ts";
import { notAcme } from "./read-reply.ts";
import type { Outgoing, Reply, Send } from "./transport.ts";

export interface Clock {
  /** Epoch, milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** An authority may refuse any nonce and does so with old ones; this often in a row it never does. */
const NONCES = 12;

/** Signed requests to one authority, in the name of one account, one after the other. */
export class Session {
  readonly directory: Directory;
  readonly key: AccountKey;
  readonly clock: Clock;
  readonly #send: Send;
  /** Its account's URL; null: it has not registered yet. */
  #account: string | null = null;
  #nonce: string | null = null;

  constructor(directory: Directory, key: AccountKey, send: Send, clock: Clock) {
    this.directory = directory;
    this.key = key;
    this.clock = clock;
    this.#send = send;
  }

  /** Requests from now on are this account's. */
  become(account: string): void {
    this.#account = account;
  }

  /**
   * @param payload Null: it reads what is there
   * @param wish What is asked for, should it be refused: `to order a certificate for shop.example`
   * @throws CertifierError
   */
  async post(url: string, payload: object | null, wish: string): Promise<Reply> {
    for (let left = NONCES; ; left -= 1) {
      const identity = this.#account === null ? { jwk: this.key.jwk } : { kid: this.#account };
      const header = { ...identity, nonce: await this.#takeNonce(), url };
      const body = await this.key.sign(header, payload === null ? "" : JSON.stringify(payload));
      const reply = await this.#exchange({ method: "POST", url, body });
      if (reply.status < 400) return reply;
      if (left === 1 || kindOf(readProblem(reply)) !== "badNonce") throw refusal(reply, wish, this.clock.now());
    }
  }

  async #takeNonce(): Promise<string> {
    if (this.#nonce === null) {
      const reply = await this.#exchange({ method: "HEAD", url: this.directory.newNonce });
      if (reply.status >= 400) throw refusal(reply, "to give a nonce", this.clock.now());
    }
    const nonce = this.#nonce;
    if (nonce === null) throw notAcme(this.directory.newNonce, "an answer without a nonce");
    this.#nonce = null;
    return nonce;
  }

  async #exchange(outgoing: Outgoing): Promise<Reply> {
    const reply = await this.#send(outgoing);
    const nonce = reply.headers["replay-nonce"];
    if (typeof nonce === "string") this.#nonce = nonce;
    return reply;
  }
}
