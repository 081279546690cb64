import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import type { RenewalWindowJob } from "../../../src/protocol/certifier.ts";
import { certificateId } from "../../../src/tls/acme/renewal-info.ts";
import { startFront, type Reply } from "../../support/acme-front.ts";
import { createAuthority, createChain } from "../../support/certificates.ts";
import { failure, runCertifier } from "../../support/certifier.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const URLS = { newNonce: "URL/nonce", newAccount: "URL/account", newOrder: "URL/order" };
const START = "2030-01-02T04:00:00Z";
const END = "2030-01-03T04:00:00Z";
const WINDOW = { start: Date.parse(START), end: Date.parse(END) };

/** An authority that answers all questions after a renewal so. */
async function ask(t: TestContext, reply: Reply, directory: object = { ...URLS, renewalInfo: "URL/renewal-info" }) {
  const answer = ({ path }: { path: string }): Reply => (path === "/dir" ? { body: {} } : reply);
  const front = await startFront(t, { directory, answer });
  const { cert } = await createChain();
  const job: RenewalWindowJob = { job: "renewal-window", directory: front.directory, trust: front.trust, cert };
  return { job, cert, front };
}

describe("an authority that has an opinion on when to renew", () => {
  test("is asked by the certificate's issuer and serial number, and answers with a window", async (t) => {
    const page = "https://acme.example/incident";
    const body = { suggestedWindow: { start: START, end: END }, explanationURL: page };
    const { job, cert, front } = await ask(t, { headers: { "retry-after": "21600" }, body });
    const { outcome, code } = await runCertifier(job);
    assert.deepEqual(outcome, { type: "renewal-window", window: WINDOW, explanation: page, retryAfterMs: 6 * HOUR });
    assert.equal(code, 0);
    const [, question] = front.questions;
    assert.equal(question?.path, `/renewal-info/${certificateId(cert)}`);
    assert.match(question?.userAgent ?? "", /^drover\/\d/);
  });

  const suggested = { suggestedWindow: { start: START, end: END } };
  const waits: readonly (readonly [title: string, retryAfter: string | null, expected: number])[] = [
    ["in six hours, where it does not say", null, 6 * HOUR],
    ["in a minute at least", "1", MINUTE],
    ["in a day at most", "999999999", 24 * HOUR],
    ["in six hours, when what it says cannot be read", "soon", 6 * HOUR],
  ];
  for (const [title, retryAfter, retryAfterMs] of waits) {
    test(`is asked again ${title}`, async (t) => {
      const headers = retryAfter === null ? {} : { "retry-after": retryAfter };
      const { job } = await ask(t, { headers, body: suggested });
      const { outcome } = await runCertifier(job);
      assert.deepEqual(outcome, { type: "renewal-window", window: WINDOW, explanation: null, retryAfterMs });
    });
  }

  test("is not believed when its window ends before it starts", async (t) => {
    const { job } = await ask(t, { body: { suggestedWindow: { start: END, end: START } } });
    const { outcome } = await runCertifier(job);
    assert.deepEqual(outcome, { type: "renewal-window", window: null, explanation: null, retryAfterMs: 6 * HOUR });
  });

  test("may be busy, and says for how long", async (t) => {
    const { job } = await ask(t, { status: 503, headers: { "retry-after": "120" }, body: {} });
    const { code, retryAfterMs } = await failure(job);
    assert.deepEqual([code, retryAfterMs], ["ACME_RATE_LIMITED", 2 * MINUTE]);
  });
});

describe("there is no window", () => {
  const none = { type: "renewal-window", window: null, explanation: null, retryAfterMs: 24 * HOUR };

  test("where the authority has no opinion", async (t) => {
    const { job } = await ask(t, { body: {} }, URLS);
    assert.deepEqual((await runCertifier(job)).outcome, none);
  });

  test("where it does not know the certificate", async (t) => {
    const { job } = await ask(t, { status: 404, body: {} });
    assert.deepEqual((await runCertifier(job)).outcome, none);
  });
});

test("a certificate is called by its issuer's key and its serial number, as in RFC 9773", async () => {
  const authority = await createAuthority();
  const { cert } = await authority.issue({
    issuerKeyId: "69885B6B87464041E1B37B847BA0AE2CDE01C8D4",
    serialNumber: "0087654321",
  });
  assert.equal(certificateId(cert), "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
});
