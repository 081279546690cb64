import assert from "node:assert/strict";
import { beforeEach, suite, test } from "node:test";
import { AppError } from "../../../src/errors.ts";
import type { TlsNarrator } from "../../../src/primary/output/tls-narrator.ts";
import { CertifierFailure } from "../../../src/primary/tls/certify.ts";
import type { Held } from "../../../src/primary/tls/held.ts";
import type { Tries } from "../../../src/primary/tls/renewal-book.ts";
import type { Book } from "../../../src/primary/tls/renewal.ts";
import { Renewals, type RenewalWork } from "../../../src/primary/tls/renewals.ts";
import type { TlsWorld } from "../../../src/primary/tls/tls-world.ts";
import type { Facts } from "../../../src/tls/facts.ts";
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
  /** Written by the certifier; where it is not used, there is a reason. */
  let written: Map<string, Facts>;
  let refusal: string | null;
  let kept: Map<string, Tries>;
  /** How far the wall clock is off. */
  let off: number;
  let renewals: Renewals;

  const now = (): number => EPOCH + off + clock.now();

  function factsFor(days: number): Facts {
    serial += 1;
    const [notBefore, notAfter] = [now(), now() + days * DAY];
    return { fingerprint: String(serial), notBefore, notAfter, uncovered: [] as readonly string[] } as Facts;
  }

  /** In use; without facts it is a placeholder. */
  function use(domain: string, given: Facts | null): void {
    const source = { cert: `/tls/${domain}.pem`, names: [domain] };
    const facts = given ?? factsFor(90);
    const wanted = { source, origin: "ACME", placeholder: {} };
    const shown = given === null ? { cert: "/tls/placeholder.pem" } : source;
    inUse.set(domain, { facts, wanted, source: shown, problem: refusal } as unknown as Held);
  }

  const work: RenewalWork = {
    held: (domain) => inUse.get(domain),
    obtain: async ({ wanted }) => {
      const [domain = ""] = wanted.source.names;
      asked.push(domain);
      if (failure) throw failure;
      written.set(domain, factsFor(90));
    },
    look: async ({ wanted }) => {
      const [domain = ""] = wanted.source.names;
      const facts = written.get(domain) ?? null;
      if (facts !== null && refusal === null) use(domain, facts);
      return facts;
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

  function bookOf(directory: string): Book {
    const read = (domain: string): Tries | null => kept.get(`${domain} ${directory}`) ?? null;
    const keep = async (domain: string, tries: Tries): Promise<void> => void kept.set(`${domain} ${directory}`, tries);
    return { directory, read, keep };
  }

  const follow = (...domains: readonly string[]): void => renewals.follow(domains, bookOf("one"));

  function startPrimary(): void {
    const world = { clock, wallNow: now, random: () => 0.5 } as unknown as TlsWorld;
    const narrator = { notRenewed: (domain: string, { code }: AppError) => void told.push(`${domain} ${code}`) };
    renewals = new Renewals(world, work, narrator as unknown as TlsNarrator);
  }

  beforeEach(() => {
    clock = new ManualClock();
    [asked, told, serial, off, failure, refusal, window] = [[], [], 0, 0, null, null, null];
    [inUse, written, kept] = [new Map(), new Map(), new Map()];
    startPrimary();
  });

  test("obtain at once what there is only a placeholder for", async () => {
    use("a.example", null);
    follow("a.example");
    await pass(MINUTE);
    assert.deepEqual(obtained(), ["a.example"]);
    assert.equal(renewals.statusOf("a.example").renewsAt, EPOCH + MINUTE + 60 * DAY);
  });

  test("come when two thirds of the lifetime have passed, one after another, again and again", async () => {
    for (const domain of ["a.example", "b.example"]) use(domain, factsFor(90));
    follow("a.example", "b.example");
    await pass(60 * DAY - HOUR);
    assert.deepEqual(obtained(), []);
    await pass(2 * HOUR);
    assert.deepEqual(obtained(), ["a.example", "b.example"]);
    await pass(60 * DAY + HOUR);
    assert.equal(obtained().length, 4);
  });

  test("follow the authority's window, which is asked for once a day", async () => {
    use("a.example", factsFor(90));
    window = { start: EPOCH + 2 * DAY, end: EPOCH + 4 * DAY };
    follow("a.example");
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
    follow("a.example");
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
    follow("a.example");
    await pass(10 * HOUR - MINUTE);
    assert.equal(obtained().length, 1);
    await pass(2 * HOUR);
    assert.equal(obtained().length, 2);
  });

  test("come one a day at most when what was issued cannot be written", async () => {
    use("a.example", null);
    failure = new AppError("FILE_UNWRITABLE", "no space");
    follow("a.example");
    await pass(3 * DAY);
    assert.ok(obtained().length <= 3, String(obtained().length));
  });

  test("look again at what was issued and is not used, and do not have it issued again while it is good", async () => {
    use("a.example", { ...factsFor(25), notBefore: now() - 65 * DAY });
    refusal = "it is valid from tomorrow on";
    follow("a.example");
    await pass(20 * DAY);
    assert.deepEqual(obtained(), ["a.example"]);
    assert.ok(told.length > 10, String(told.length));
    assert.match(renewals.statusOf("a.example").problem ?? "", /the new certificate to be used, got the one before/);
    refusal = null;
    await pass(DAY);
    assert.deepEqual(obtained(), ["a.example"]);
    assert.equal(renewals.statusOf("a.example").problem, null);
    assert.equal(inUse.get("a.example")?.facts, written.get("a.example"));
  });

  test("go on when the clock is set back by years, and when it is set forward", async () => {
    use("a.example", null);
    off = 14 * 365 * DAY;
    failure = new AppError("ACME_UNREACHABLE", "its certificate has expired");
    follow("a.example");
    await pass(HOUR);
    off = 0;
    failure = null;
    await pass(DAY);
    assert.equal(renewals.statusOf("a.example").problem, null);
    assert.equal(renewals.statusOf("a.example").renewsAt, (inUse.get("a.example")?.facts.notBefore ?? 0) + 60 * DAY);
    const before = obtained().length;
    off = 61 * DAY;
    await pass(2 * HOUR);
    assert.equal(obtained().length, before + 1);
  });

  test("that failed in another primary's days wait on, and it is said; they may be ordered all the same", async () => {
    use("a.example", null);
    failure = new CertifierFailure("ACME_RATE_LIMITED", "too many", undefined, 10 * HOUR);
    follow("a.example");
    await pass(HOUR);
    for (let starts = 0; starts < 3; starts += 1) {
      renewals.close();
      startPrimary();
      follow("a.example");
      await pass(MINUTE);
    }
    assert.deepEqual(obtained(), ["a.example"]);
    assert.deepEqual(
      told,
      Array.from({ length: 4 }, () => "a.example ACME_RATE_LIMITED"),
    );
    assert.equal(renewals.statusOf("a.example").problem, "too many");
    failure = null;
    assert.deepEqual(await renewals.now([]), ["a.example"]);
    assert.equal(renewals.statusOf("a.example").problem, null);
  });

  test("do not wait for what another authority asked for", async () => {
    use("a.example", null);
    failure = new CertifierFailure("ACME_RATE_LIMITED", "too many", undefined, 10 * HOUR);
    follow("a.example");
    await pass(HOUR);
    failure = null;
    renewals.follow(["a.example"], bookOf("other"));
    await pass(MINUTE);
    assert.deepEqual(obtained(), ["a.example", "a.example"]);
  });

  test("may be ordered, for all or for some; what fails is answered after the others", async () => {
    for (const domain of ["a.example", "b.example"]) use(domain, factsFor(90));
    follow("a.example", "b.example");
    assert.deepEqual(await renewals.now(["B.example"]), ["b.example"]);
    assert.deepEqual(await renewals.now([]), ["a.example", "b.example"]);
    await assert.rejects(renewals.now(["c.example"]), /expected names of tls.acme.domains, got "c.example"/);
    failure = new AppError("ACME_REFUSED", "no");
    await assert.rejects(renewals.now([]), { code: "ACME_REFUSED", message: "no\nno" });
  });

  test("end when they are closed, or a domain is gone", async () => {
    for (const domain of ["a.example", "b.example"]) use(domain, null);
    follow("a.example", "b.example");
    follow("b.example");
    await pass(MINUTE);
    assert.deepEqual(obtained(), ["b.example"]);
    renewals.close();
    assert.equal(clock.waiting, 0);
  });
});
