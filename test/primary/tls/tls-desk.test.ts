import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { suite, test, type TestContext } from "node:test";
import { TlsDesk } from "../../../src/primary/tls/tls-desk.ts";
import type { TlsWorld } from "../../../src/primary/tls/tls-world.ts";
import type { Crew } from "../../../src/primary/workers/crew.ts";
import type { Generation, Generations } from "../../../src/primary/workers/generations.ts";
import type { ToWorker } from "../../../src/protocol/ipc.ts";
import type { TlsState } from "../../../src/protocol/tls.ts";
import type { Log } from "../../../src/telemetry/log.ts";
import { writeCertificate } from "../../support/certificate-files.ts";
import { createSelfSigned, type LeafOptions } from "../../support/certificates.ts";
import { temporaryFolder } from "../../support/fixture.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { until } from "../../support/wait.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NO_ACME = { domains: [], email: null, directory: "letsencrypt", trust: null, challenge: "auto" };

interface Setting {
  readonly clock: ManualClock;
  readonly desk: TlsDesk;
  readonly generations: Map<number, Generation>;
  /** What each worker was sent last, by its id. */
  readonly sent: Map<number, TlsState>;
  /** Events of the log. */
  readonly said: string[];
  readonly generation: (number: number, files: object | null) => Generation;
}

/** Workers 1 and 2 of generation 1, worker 3 of generation 2; each takes over at once what it is sent. */
function setting(t: TestContext): Setting {
  const clock = new ManualClock();
  const start = Date.now();
  const said: string[] = [];
  const say = (event: string, _fields: object, text: string): void => void said.push(`${event}: ${text}`);
  const log = { debug: say, info: say, warn: say, error: say } as unknown as Log;
  const world = { clock, wallNow: () => start + clock.now(), random: () => 0.5, log, environment: {} } as TlsWorld;
  const generations = new Map<number, Generation>();
  const sent = new Map<number, TlsState>();
  const members = [1, 2, 3].map((id) => {
    const send = (message: ToWorker): void => {
      if (message.type !== "tls") return;
      sent.set(id, message.state);
      queueMicrotask(() => desk.applied(id, message.state.serial, null));
    };
    return { exiting: false, handle: { id, slot: id, generation: id === 3 ? 2 : 1, connected: true, send } };
  });
  const all = { all: () => [...generations.values()], get: (number: number) => generations.get(number) };
  const crew = { all: () => members } as unknown as Crew;
  const desk = new TlsDesk("shop", world, all as unknown as Generations, crew);
  t.after(() => desk.close());
  const generation = (number: number, files: object | null): Generation => {
    const none = { mode: "auto", cert: null, key: null, ca: [], passphrase: null, pfx: null, certificates: [] };
    const tls = { ...none, clientCa: [], acme: NO_ACME, ...files };
    const made = {
      number,
      resolved: { config: { name: "shop", tls } },
      launch: {},
      tls: null,
    } as unknown as Generation;
    generations.set(number, made);
    return made;
  };
  return { clock, desk, generations, sent, said, generation };
}

async function files(
  t: TestContext,
  options: LeafOptions = {},
): Promise<{ cert: string; key: string; folder: string }> {
  const folder = temporaryFolder(t);
  return { ...writeCertificate(folder, await createSelfSigned(options)), folder };
}

/** What a look finds bad is refused; whether that is said is another matter. */
async function look(desk: TlsDesk): Promise<void> {
  await desk.renew([]).catch(() => undefined);
}

suite("the desk", () => {
  test("gives all workers the same tickets, and the same context in every life of an app", (t) => {
    const { desk, generation } = setting(t);
    const first = generation(1, null);
    const { tickets, certificates } = desk.stateFor(first);
    assert.deepEqual(desk.stateFor(first).tickets, tickets);
    assert.equal(Buffer.from(tickets.keys, "base64").length, 48);
    assert.equal(tickets.context.length, 32);
    assert.deepEqual(certificates, []);
    const other = setting(t);
    assert.equal(other.desk.stateFor(other.generation(1, null)).tickets.context, tickets.context);
  });

  test("changes the tickets twice a day, for everybody, and the serial rises", (t) => {
    const { clock, desk, generation, sent } = setting(t);
    const before = desk.stateFor(generation(1, null));
    generation(2, null);
    clock.advance(12 * HOUR);
    assert.deepEqual([...sent.keys()], [1, 2, 3]);
    const after = sent.get(1);
    assert.notEqual(after?.tickets.keys, before.tickets.keys);
    assert.equal(after?.tickets.context, before.tickets.context);
    assert.ok((after?.serial ?? 0) > before.serial);
    assert.deepEqual(sent.get(3)?.tickets, after?.tickets);
  });

  test("swaps what has changed in the workers of the generations that use it, and in no others", async (t) => {
    const { clock, desk, generation, sent, said } = setting(t);
    const [one, two] = [await files(t), await files(t, { names: ["two.example"] })];
    const [first, second] = [generation(1, one), generation(2, two)];
    await desk.prepare(first, null);
    await desk.prepare(second, null);
    desk.settle(1);
    writeCertificate(one.folder, await createSelfSigned({ names: ["localhost", "new.example"] }));
    // The minute's look: no event of the file system is waited for.
    clock.advance(60_000);
    await until(() => said.some((line) => line.startsWith("certificate-swapped")), "the swap");
    assert.deepEqual([...sent.keys()], [1, 2]);
    assert.deepEqual(sent.get(1)?.certificates[0]?.names, ["localhost", "new.example"]);
    assert.deepEqual(desk.status(2)[0]?.names, ["two.example"]);
    assert.match(said.at(-1) ?? "", /localhost, new.example \(self-signed, EC P-256, .*in use in 2 workers/);
  });

  test("looks again before it calls a change bad, then says so once", async (t) => {
    const { clock, desk, generation, sent, said } = setting(t);
    const one = await files(t);
    const first = generation(1, one);
    await desk.prepare(first, null);
    desk.settle(1);
    const other = await createSelfSigned();
    writeCertificate(one.folder, { cert: other.cert, key: (await createSelfSigned()).key });
    await look(desk);
    assert.equal(desk.status(1)[0]?.problem, null);
    clock.advance(2_000);
    await until(() => said.some((line) => line.startsWith("certificate-refused")), "the refusal");
    assert.match(desk.status(1)[0]?.problem ?? "", /expected the private key/);
    clock.advance(2_000);
    await look(desk);
    assert.equal(said.filter((line) => line.startsWith("certificate-refused")).length, 1);
    assert.equal(sent.size, 0);
    writeCertificate(one.folder, other);
    await look(desk);
    assert.equal(desk.status(1)[0]?.problem, null);
    assert.equal(sent.size, 2);
  });

  test("refuses a bad change of who signs the certificates of clients as loudly, and keeps those it has", async (t) => {
    const { clock, desk, generation, sent, said } = setting(t);
    const one = await files(t);
    const [authority, other] = [await createSelfSigned(), await createSelfSigned()];
    const clientCa = writeCertificate(temporaryFolder(t), authority).cert;
    const first = generation(1, { ...one, clientCert: "require", clientCa: [clientCa] });
    await desk.prepare(first, null);
    desk.settle(1);
    const before = first.tls;
    const refusals = (): readonly string[] => said.filter((line) => line.startsWith("client-ca-refused"));
    writeFileSync(clientCa, "garbage");
    await look(desk);
    assert.equal(desk.status(1)[0]?.problem, null);
    clock.advance(2_000);
    await until(() => refusals().length > 0, "the refusal");
    assert.match(refusals()[0] ?? "", /tls.clientCa: expected a certificate in PEM in .*, got no PEM.* It begins with/);
    assert.match(desk.status(1)[0]?.problem ?? "", /^tls.clientCa: /);
    assert.deepEqual(first.tls, before);
    await look(desk);
    assert.equal(refusals().length, 1);
    assert.equal(sent.size, 0);
    writeFileSync(clientCa, other.cert);
    await look(desk);
    assert.equal(desk.status(1)[0]?.problem, null);
    assert.deepEqual([...(sent.get(1)?.clientCa ?? [])].join("").trim(), other.cert.trim());
  });

  test("takes what was not valid yet from the moment it is", async (t) => {
    const { clock, desk, generation, sent, said } = setting(t);
    const one = await files(t);
    await desk.prepare(generation(1, one), null);
    desk.settle(1);
    const notBefore = new Date(Date.now() + 20 * 60_000);
    writeCertificate(one.folder, await createSelfSigned({ notBefore, notAfter: new Date(Date.now() + DAY) }));
    await look(desk);
    clock.advance(2_000);
    await until(() => said.some((line) => line.startsWith("certificate-refused")), "the refusal");
    await look(desk);
    assert.equal(sent.size, 0);
    clock.advance(20 * 60_000);
    await until(() => sent.size > 0, "the swap");
    assert.equal(desk.status(1)[0]?.problem, null);
  });

  test("looks at what is refused every hour, though its files stay as they are", async (t) => {
    const { clock, desk, generation, sent, said } = setting(t);
    const one = await files(t);
    await desk.prepare(generation(1, one), null);
    desk.settle(1);
    const other = await createSelfSigned({
      notBefore: new Date(Date.now() + 5 * HOUR),
      notAfter: new Date(Date.now() + DAY),
    });
    writeCertificate(one.folder, other);
    await look(desk);
    clock.advance(2_000);
    await until(() => said.some((line) => line.startsWith("certificate-refused")), "the refusal");
    await look(desk);
    const refusal = desk.status(1)[0]?.problem;
    clock.advance(HOUR);
    await until(() => desk.status(1)[0]?.problem !== refusal, "the look");
    assert.equal(sent.size, 0);
    desk.close();
    assert.equal(clock.waiting, 0);
  });

  test("is not held up by a pipe in place of a file", async (t) => {
    const { clock, desk, generation, sent, said } = setting(t);
    const one = await files(t);
    await desk.prepare(generation(1, one), null);
    desk.settle(1);
    rmSync(one.cert);
    execFileSync("mkfifo", [one.cert]);
    await look(desk);
    clock.advance(2_000);
    await until(() => said.some((line) => /^certificate-refused: .*got no regular file/.test(line)), "the refusal");
    rmSync(one.cert);
    writeCertificate(one.folder, await createSelfSigned());
    await look(desk);
    assert.equal(sent.size, 2);
  });

  test("refuses a generation whose certificate is bad, and leaves the one before as it was", async (t) => {
    const { desk, generation } = setting(t);
    const one = await files(t);
    const first = generation(1, one);
    await desk.prepare(first, null);
    const { tls } = first;
    const expired = await files(t, { notBefore: new Date(Date.now() - 9 * DAY), notAfter: new Date(Date.now() - DAY) });
    await assert.rejects(desk.prepare(generation(2, expired), first), { code: "TLS_INVALID" });
    await assert.rejects(desk.prepare(generation(2, { cert: "/nowhere", key: one.key }), first), {
      code: "TLS_UNREADABLE",
    });
    assert.equal(first.tls, tls);
  });

  test("reminds of an end that is near, once a day", async (t) => {
    const { clock, desk, generation, said } = setting(t);
    const near = { notBefore: new Date(Date.now() - 80 * DAY), notAfter: new Date(Date.now() + 5 * DAY) };
    await desk.prepare(generation(1, await files(t, near)), null);
    desk.settle(1);
    const reminders = (): number => said.filter((line) => line.startsWith("certificate-expires")).length;
    assert.equal(reminders(), 1);
    assert.match(desk.status(1)[0]?.problem ?? "", /^expires in 4 d|expires in 5 d$/);
    clock.advance(2 * DAY);
    assert.equal(reminders(), 3);
    clock.advance(4 * DAY);
    assert.match(said.at(-1) ?? "", /has expired: clients refuse it/);
  });

  test("has nothing to renew without a certificate, and leaves no timer behind", async (t) => {
    const { clock, desk, generation } = setting(t);
    await desk.prepare(generation(1, null), null);
    assert.match(await desk.renew([]), /^nothing to renew/);
    desk.close();
    assert.equal(clock.waiting, 0);
  });
});
