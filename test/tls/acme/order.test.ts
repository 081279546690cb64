import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import type { ObtainJob } from "../../../src/protocol/certifier.ts";
import { certificateId } from "../../../src/tls/acme/renewal-info.ts";
import { startFront, type Front, type Question, type Reply } from "../../support/acme-front.ts";
import { createChain } from "../../support/certificates.ts";
import { failure, obtainJob, runCertifier, startResponder, type Respond } from "../../support/certifier.ts";
import { startPebble } from "../../support/pebble.ts";

interface Scene {
  readonly front: Front;
  readonly respond: Respond;
  readonly job: ObtainJob;
}

/** Pebble, which says of itself what it lacks, and answers orders so. */
async function scene(
  t: TestContext,
  directory: object,
  answerOrder: (order: Record<string, unknown>) => Reply | undefined = () => undefined,
): Promise<Scene | undefined> {
  const { httpPort, tlsPort, respond } = await startResponder(t);
  const pebble = await startPebble(t, { httpPort, tlsPort });
  if (!pebble) return undefined;
  const answer = ({ path, payload }: Question): Reply | undefined =>
    isOrder(path) && payload ? answerOrder({ ...payload }) : undefined;
  const front = await startFront(t, { behind: pebble, directory, answer });
  return { front, respond, job: obtainJob(t, { directory: front.directory, trust: front.trust }) };
}

function isOrder(path: string): boolean {
  return path.startsWith("/order-plz");
}

/** What was ordered, in order; an order is signed anew for each nonce that is refused. */
function ordersOf({ questions }: Front): readonly Readonly<Record<string, unknown>>[] {
  const orders = questions.filter(({ path }) => isOrder(path)).map(({ payload }) => payload ?? {});
  return orders.filter((order, index) => JSON.stringify(order) !== JSON.stringify(orders[index - 1]));
}

const identifiers = [{ type: "dns", value: "shop.example" }];
const problem = (type: string, detail: string) => ({ type: `urn:ietf:params:acme:error:${type}`, detail });

describe("an order", () => {
  const meta = { profiles: { classic: "for 90 days", shortlived: "for 6 days" } };

  test("names the profile that is wanted", async (t) => {
    const at = await scene(t, { meta });
    if (!at) return;
    const { outcome } = await runCertifier({ ...at.job, profile: "shortlived" }, at.respond);
    assert.deepEqual(outcome, { type: "done" });
    assert.deepEqual(ordersOf(at.front), [{ identifiers, profile: "shortlived" }]);
  });

  test("is not placed for a profile that the authority does not have, and the error lists those it has", async (t) => {
    const at = await scene(t, { meta });
    if (!at) return;
    const { code, message } = await failure({ ...at.job, profile: "eternal" });
    assert.equal(code, "ACME_REFUSED");
    assert.match(message, /^expected 127\.0\.0\.1:\d+ to offer the profile eternal, got these: classic, shortlived$/);
    assert.deepEqual(ordersOf(at.front), []);
  });

  test("says which certificate it renews, to an authority that wants to know", async (t) => {
    const at = await scene(t, { renewalInfo: "URL/renewal-info" });
    if (!at) return;
    const { cert } = await createChain();
    const { outcome } = await runCertifier({ ...at.job, replaces: cert }, at.respond);
    assert.deepEqual(outcome, { type: "done" });
    assert.deepEqual(ordersOf(at.front), [{ identifiers, replaces: certificateId(cert) }]);
  });

  test("does not say it to one that would not understand", async (t) => {
    const at = await scene(t, {});
    if (!at) return;
    const { cert } = await createChain();
    const { outcome } = await runCertifier({ ...at.job, replaces: cert }, at.respond);
    assert.deepEqual(outcome, { type: "done" });
    assert.deepEqual(ordersOf(at.front), [{ identifiers }]);
  });

  test("is placed as a new one where that certificate has been renewed already", async (t) => {
    const again: Reply = { status: 409, body: problem("alreadyReplaced", "somebody was here before") };
    const at = await scene(t, { renewalInfo: "URL/ari" }, (order) => ("replaces" in order ? again : undefined));
    if (!at) return;
    const { cert } = await createChain();
    const { outcome } = await runCertifier({ ...at.job, replaces: cert }, at.respond);
    assert.deepEqual(outcome, { type: "done" });
    assert.deepEqual(ordersOf(at.front), [{ identifiers, replaces: certificateId(cert) }, { identifiers }]);
  });
});

const inAnHour = (): string => new Date(Date.now() + 3_600_000).toUTCString();

describe("an authority that has had enough", () => {
  const limited = problem("rateLimited", "too many certificates already issued for shop.example");
  const replies: readonly (readonly [title: string, reply: () => Reply, least: number | null, most: number | null])[] =
    [
      [
        "says for how long",
        () => ({ status: 429, headers: { "retry-after": "7200" }, body: limited }),
        7_200_000,
        7_200_000,
      ],
      [
        "says until when",
        () => ({ status: 429, headers: { "retry-after": inAnHour() }, body: limited }),
        3_000_000,
        3_600_000,
      ],
      ["does not say for how long", () => ({ status: 429, body: limited }), null, null],
      ["is busy", () => ({ status: 503, headers: { "retry-after": "60" }, body: "please come back" }), 60_000, 60_000],
    ];
  for (const [title, reply, least, most] of replies) {
    test(title, async (t) => {
      const at = await scene(t, {}, reply);
      if (!at) return;
      const { code, message, retryAfterMs } = await failure(at.job);
      assert.equal(code, "ACME_RATE_LIMITED");
      assert.match(
        message,
        /^expected 127\.0\.0\.1:\d+ to give a certificate for shop\.example, got status (429|503): /,
      );
      if (least === null || most === null) assert.equal(retryAfterMs, null);
      else assert.ok(retryAfterMs !== null && retryAfterMs >= least && retryAfterMs <= most, `${retryAfterMs} ms`);
    });
  }

  test("is quoted with what it says of each name", async (t) => {
    const subproblems = [
      { ...problem("caa", "its record forbids it"), identifier: { type: "dns", value: "shop.example" } },
      { ...problem("rejectedIdentifier", "it is on a list"), identifier: { type: "dns", value: "www.shop.example" } },
    ];
    const body = { ...problem("caa", "two names were refused"), subproblems };
    const at = await scene(t, {}, () => ({ status: 403, body }));
    if (!at) return;
    const { code, message, hint } = await failure(at.job);
    assert.equal(code, "ACME_REFUSED");
    const said = "two names were refused; shop.example: its record forbids it; www.shop.example: it is on a list";
    assert.ok(message.endsWith(`got status 403: ${said}`), message);
    assert.match(hint, /CAA record/);
  });
});
