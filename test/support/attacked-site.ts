import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { ClientHttp2Session } from "node:http2";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createSelfSigned } from "./certificates.ts";
import type { Target } from "./client.ts";
import { start, type ReadyDrover } from "./drover.ts";
import { app, temporaryFolder } from "./fixture.ts";
import { ask, openSession } from "./http2-session.ts";
import { within } from "./wait.ts";

const REFUSED_STREAM = 7;
const certificate = await createSelfSigned({ names: ["localhost"] });

/** Asks one thing after the other, and when it is told to go, asks again. */
class Visitor {
  readonly #open: () => Promise<ClientHttp2Session>;
  readonly #failed: unknown[] = [];
  readonly #visits: Promise<void>;
  #over = false;

  constructor(open: () => Promise<ClientHttp2Session>) {
    this.#open = open;
    this.#visits = this.#visit();
  }

  /** Answers what has failed. */
  async leave(): Promise<readonly unknown[]> {
    this.#over = true;
    await within(this.#visits, "the honest visitor");
    return this.#failed;
  }

  async #visit(): Promise<void> {
    let session = await this.#open();
    while (!this.#over) {
      if (session.closed || session.destroyed) session = await this.#open();
      const { status, reset: code } = await ask(session);
      if (status !== 200 && code !== REFUSED_STREAM) this.#failed.push({ status, code });
      await delay(20);
    }
    session.close();
  }
}

/** An app under attack, and an honest visitor of it. */
export interface Site {
  readonly drover: ReadyDrover;
  readonly target: Target;
  /** What a path answers. */
  readonly value: (path: string) => Promise<number>;
  /** The attack is over: nobody else was hurt by it. */
  readonly unhurt: () => Promise<void>;
}

function flagsFor(t: TestContext, secure: boolean): readonly string[] {
  if (!secure) return ["--http2", "all"];
  const folder = temporaryFolder(t);
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(cert, certificate.cert);
  writeFileSync(key, certificate.key);
  return ["--tls-cert", cert, "--tls-key", key];
}

/** A worker of http2/target.js, over TLS or by prior knowledge. */
export async function attackedSite(t: TestContext, flags: readonly string[] = [], secure = true): Promise<Site> {
  const more = [...flags, "--node-options=--expose-gc", ...flagsFor(t, secure)];
  const drover = await start(t, app("http2/target.js"), { workers: 1, flags: more });
  const pid = drover.workers().get(1);
  const ca = secure ? { ca: certificate.cert } : {};
  const url = `${secure ? "https" : "http"}://localhost:${drover.port}`;
  const visitor = new Visitor(() => openSession(t, url, ca));
  t.after(() => visitor.leave());
  const value = async (path: string): Promise<number> => {
    const own = await openSession(t, url, ca);
    const { body } = await ask(own, { ":path": path });
    own.close();
    const answer = JSON.parse(body) as { readonly pid: number; readonly value: number };
    assert.equal(answer.pid, pid, "the worker lives");
    return answer.value;
  };
  const unhurt = async (): Promise<void> => {
    assert.deepEqual(await visitor.leave(), [], "what other clients asked was answered");
    await value("/");
  };
  return { drover, target: { port: drover.port, ...ca }, value, unhurt };
}
