import type { X509Certificate } from "node:crypto";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "node:tls";
import { within } from "./wait.ts";

export interface Shown {
  readonly certificate: X509Certificate;
  /** Whether what was trusted has signed it, for the name that was asked for. */
  readonly authorized: boolean;
}

/** The certificate that a new handshake is shown on a port of this machine. */
export async function handshake(port: number, servername = "localhost", ca?: string): Promise<Shown> {
  const { promise, resolve, reject } = Promise.withResolvers<Shown>();
  const socket = connect({ port, host: "127.0.0.1", servername, rejectUnauthorized: false, ...(ca && { ca }) });
  socket.once("error", reject);
  socket.once("secureConnect", () => {
    const certificate = socket.getPeerX509Certificate();
    if (certificate) resolve({ certificate, authorized: socket.authorized });
    else reject(new Error("expected a certificate"));
  });
  try {
    return await within(promise, "a handshake");
  } finally {
    socket.destroy();
  }
}

/** A handshake of many, and what it was shown. */
export interface Probe {
  /** When it began, on the clock of `performance.now()`. */
  readonly at: number;
  /** SHA-256 of the certificate; or what went wrong. */
  readonly shown: string;
}

const PAUSE_MS = 25;

/** New handshakes, one after the other, until `stop()` or the test's end. */
class Probes {
  readonly all: Probe[] = [];
  readonly #loop: Promise<void>;
  #isOver = false;

  constructor(port: number, ca: string) {
    this.#loop = this.#repeat(port, ca);
  }

  async stop(): Promise<readonly Probe[]> {
    this.#isOver = true;
    await this.#loop;
    return this.all;
  }

  async #repeat(port: number, ca: string): Promise<void> {
    while (!this.#isOver) {
      const at = performance.now();
      this.all.push({ at, shown: await handshake(port, "localhost", ca).then(judge, String) });
      await delay(PAUSE_MS);
    }
  }
}

function judge({ certificate, authorized }: Shown): string {
  return authorized ? certificate.fingerprint256 : `not trusted: ${certificate.subject}`;
}

/** @param ca PEM of what is to have signed whatever is shown */
export function startHandshakes(t: TestContext, port: number, ca: string): Probes {
  const probes = new Probes(port, ca);
  t.after(() => probes.stop());
  return probes;
}
