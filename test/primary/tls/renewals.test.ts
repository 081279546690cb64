import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { AppError } from "../../../src/errors.ts";
import type { TlsNarrator } from "../../../src/primary/output/tls-narrator.ts";
import { CertifierFailure } from "../../../src/primary/tls/certify.ts";
import type { Held } from "../../../src/primary/tls/held.ts";
import { Renewals, type RenewalWork } from "../../../src/primary/tls/renewals.ts";
import type { TlsWorld } from "../../../src/primary/tls/tls-world.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const EPOCH = Date.UTC(2026, 10, 21);

suite("renewals", () => {
  let clock: ManualClock;
  let asked: string[];
  let told: string[];
  let serial: number;
  let failure: AppError | null;
  let window: { start: number; end: number } | null;
  let inUse: Map<string, Held>;
  let renewals: Renewals;

  const now = (): number => EPOCH + clock.now();

  /** In use; without a lifetime it is a placeholder. */
  function use(domain: string, days: number | null): void {
    serial += 1;
    const source = { cert: `/tls/${domain}.pem`, names: [domain] };
    const facts = { fingerprint: String(serial), notBefore: now(), notAfter: now() + (days ?? 90) * DAY };
    const wanted = { source, origin: "ACME", placeholder: {} };
    const shown = days === null ? { cert: "/tls/placeholder.pem" } : source;
    inUse.set(domain, { facts, wanted, source: shown, problem: null } as unknown as Held);
  }

  const work: RenewalWork = {
    held: (domain) => inUse.get(domain),
    obtain: async ({ wanted }) => {
      const [domain = ""] = wanted.source.names;
      asked.push(domain);
      if (failure) throw failure;
      use(domain, 90);
    },
    askWindow: async () => {
      asked.push("window");
      return { window, retryAfterMs: DAY };
    },
  };

  /** Lets time pass hour by hour, and what falls due be done. */
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= HOUR) {
      clock.advance(Math.min(left, HOUR));
      for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
      await new Promise(setImmediate);
    }
  }

  function obtained(): readonly string[] {
    return asked.filter((one) => one !== "window");
  }

  beforeEach(() => {
    clock = new ManualClock();
    [asked, told, serial, failure, window, inUse] = [[], [], 0, null, null, new Map()];
    const world = { clock, wallNow: now, random: () => 0.5 } as unknown as TlsWorld;
    const narrator = { notRenewed: (domain: string, { code }: AppError) => void told.push(`${domain} ${code}`) };
    renewals = new Renewals(world, work, narrator as unknown as TlsNarrator);
  });

  test("obtain at once what there is only a placeholder for", async () => {
    use("a.example", null);
    renewals.follow(["a.example"]);
    await pass(MINUTE);
    assert.deepEqual(obtained(), ["a.example"]);
    assert.equal(renewals.statusOf("a.example").renewsAt, EPOCH + MINUTE + 60 * DAY);
  });

  test("come when two thirds of the lifetime have passed, one after another, again and again", async () => {
    for (const domain of ["a.example", "b.example"]) use(domain, 90);
    renewals.follow(["a.example", "b.example"]);
    await pass(60 * DAY - HOUR);
    assert.deepEqual(obtained(), []);
    await pass(2 * HOUR);
    assert.deepEqual(obtained(), ["a.example", "b.example"]);
    await pass(60 * DAY + HOUR);
    assert.equal(obtained().length, 4);
  });

  test("follow the authority's window, which is asked for once a day", async () => {
    use("a.example", 90);
    window = { start: EPOCH + 2 * DAY, end: EPOCH + 4 * DAY };
    renewals.follow(["a.example"]);
    await pass(DAY + HOUR);
    assert.deepEqual(asked, ["window", "window"]);
    assert.equal(renewals.statusOf("a.example").renewsAt, EPOCH + 3 * DAY);
    await pass(2 * DAY);
    assert.deepEqual(obtained(), ["a.example"]);
    // One that has ended by now: nobody is asked without end.
    await pass(DAY - 3 * HOUR);
    assert.deepEqual(obtained(), ["a.example"]);
  });

  test("that fail are tried again later and later, are said each time, and leave the certificate alone", async () => {
    use("a.example", null);
    failure = new AppError("ACME_REFUSED", "no");
    renewals.follow(["a.example"]);
    await pass(MINUTE);
    assert.deepEqual(renewals.statusOf("a.example").problem, "no");
    await pass(DAY);
    const failures = obtained().length;
    assert.ok(failures > 5 && failures < 60, String(failures));
    assert.equal(told.length, failures);
    failure = null;
    await pass(DAY);
    assert.equal(renewals.statusOf("a.example").problem, null);
    assert.equal(obtained().length, failures + 1);
  });

  test("wait as long as the authority says", async () => {
    use("a.example", null);
    failure = new CertifierFailure("ACME_RATE_LIMITED", "too many", undefined, 10 * HOUR);
    renewals.follow(["a.example"]);
    await pass(10 * HOUR - MINUTE);
    assert.equal(obtained().length, 1);
    await pass(2 * HOUR);
    assert.equal(obtained().length, 2);
  });

  test("of what was issued and is not used count as failures: the authority is not asked without end", async () => {
    use("a.example", 90);
    const before = inUse.get("a.example");
    renewals.follow(["a.example"]);
    const renewed = renewals.now([]);
    // Whatever was obtained, the workers keep what they have.
    inUse.get = () => before;
    await assert.rejects(renewed, /expected the new certificate to be used/);
    assert.deepEqual(told, ["a.example TLS_INVALID"]);
  });

  test("may be ordered, for all or for some; what fails is answered after the others", async () => {
    for (const domain of ["a.example", "b.example"]) use(domain, 90);
    renewals.follow(["a.example", "b.example"]);
    assert.deepEqual(await renewals.now(["B.example"]), ["b.example"]);
    assert.deepEqual(await renewals.now([]), ["a.example", "b.example"]);
    await assert.rejects(renewals.now(["c.example"]), /expected names of tls.acme.domains, got "c.example"/);
    failure = new AppError("ACME_REFUSED", "no");
    await assert.rejects(renewals.now([]), { code: "ACME_REFUSED", message: "no\nno" });
  });

  test("end when they are closed, or a domain is gone", async () => {
    for (const domain of ["a.example", "b.example"]) use(domain, null);
    renewals.follow(["a.example", "b.example"]);
    renewals.follow(["b.example"]);
    await pass(MINUTE);
    assert.deepEqual(obtained(), ["b.example"]);
    renewals.close();
    assert.equal(clock.waiting, 0);
  });
});
