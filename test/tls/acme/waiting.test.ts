import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FromCertifier } from "../../../src/protocol/certifier.ts";
import { AccountKey } from "../../../src/tls/acme/account-key.ts";
import { poll } from "../../../src/tls/acme/poll.ts";
import { Session } from "../../../src/tls/acme/session.ts";
import type { Outgoing, Reply } from "../../../src/tls/acme/transport.ts";
import { Responders } from "../../../src/tls/certifier/responders.ts";

const URLS = { newNonce: "https://acme.example/nonce", newAccount: "", newOrder: "", renewalInfo: null, profiles: [] };
const SECOND = 1_000;

const isSettled = ({ status }: { status?: string }): boolean => status !== "pending";

/** Asks an authority that answers with these states, the last one for ever, and tells how long was waited in between. */
async function wait(states: readonly string[], retryAfter?: string) {
  const waits: number[] = [];
  let now = 0;
  let asked = 0;
  const send = async ({ url, method }: Outgoing): Promise<Reply> => {
    const status = states[Math.min(asked, states.length - 1)];
    if (method === "POST") asked += 1;
    const headers = { "replay-nonce": "n", ...(retryAfter !== undefined && { "retry-after": retryAfter }) };
    return { url, status: 200, headers, body: JSON.stringify({ status }) };
  };
  const sleep = async (ms: number): Promise<void> => {
    waits.push(ms);
    now += ms;
  };
  const { key } = await AccountKey.create();
  const session = new Session(URLS, key, send, { now: () => now, sleep });
  const url = "https://acme.example/order/1";
  const end = await poll(session, url, isSettled, "shop.example").catch((error: Error) => error);
  return { waits, end };
}

describe("a decision of the authority is waited for", () => {
  test("not at all when it is made", async () => {
    assert.deepEqual(await wait(["valid"]), { waits: [], end: { status: "valid" } });
  });

  test("in longer and longer steps", async () => {
    const { waits } = await wait([...Array<string>(7).fill("pending"), "valid"]);
    assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  test("as long as it asks for, within reason", async () => {
    assert.deepEqual((await wait(["pending", "valid"], "7")).waits, [7 * SECOND]);
    assert.deepEqual((await wait(["pending", "valid"], "86400")).waits, [30 * SECOND]);
  });

  test("for five minutes", async () => {
    const { waits, end } = await wait(["pending"]);
    const total = waits.reduce((sum, ms) => sum + ms, 0);
    assert.ok(total >= 300 * SECOND && total < 306 * SECOND, `${total} ms`);
    assert.ok(end instanceof Error);
    assert.match(end.message, /^expected acme\.example to decide on shop\.example within 5 minutes, got no decision/);
  });
});

describe("the workers", () => {
  const challenges = { http01: { token: "answer" }, alpn01: {} };
  const { signal } = new AbortController();

  test("are waited for until they answer these challenges, and no older ones", async () => {
    const said: FromCertifier[] = [];
    const responders = new Responders(async (message) => void said.push(message), signal);
    const first = responders.answer(challenges);
    responders.heard(1);
    await first;
    let isAnswered = false;
    const second = responders.answer(challenges).then(() => (isAnswered = true));
    responders.heard(1);
    await new Promise(setImmediate);
    assert.equal(isAnswered, false);
    responders.heard(2);
    await second;
    assert.deepEqual(
      said,
      [1, 2].map((seq) => ({ type: "challenges", seq, ...challenges })),
    );
  });

  test("are not waited for with nothing to answer", async () => {
    await new Responders(async () => undefined, signal).answer({ http01: {}, alpn01: {} });
  });

  test("are not waited for without end", async () => {
    const answer = new Responders(async () => undefined, signal, 10).answer(challenges);
    await assert.rejects(answer, { code: "ACME_CHALLENGE_FAILED", message: /within 0\.01 s, got no word/ });
  });
});
