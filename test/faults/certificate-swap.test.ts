import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import type { TLSSocket } from "node:tls";
import type { CertificateStatus } from "../../src/protocol/control.ts";
import { replaceCertificate, writeCertificate } from "../support/certificate-files.ts";
import { createAuthority, type Authority, type Certificate } from "../support/certificates.ts";
import { Connection, type Target } from "../support/client.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { startEventStream } from "../support/event-stream.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { startHandshakes, type Probe } from "../support/handshake.ts";
import { describe, startLoad } from "../support/load.ts";
import { download, repeat } from "../support/long-requests.ts";
import { isStopped, kill } from "../support/proc.ts";
import { inPlace, site as release } from "../support/releases.ts";
import { LONG, record } from "../support/reliability.ts";
import { until } from "../support/wait.ts";
import { startWebSockets } from "../support/ws-client.ts";

const SWAPS = 20;
/** From the moment the new files are there, on a machine that has nothing else to do: a long run has it to itself. */
const SEEN_WITHIN_MS = 2_000;
const GARBAGE = /expected a certificate in PEM/;

/** In seconds. */
function slowest(placed: readonly Placed[]): string {
  return (Math.max(...placed.slice(1).map(({ at, inUseAt }) => inUseAt - at)) / 1000).toFixed(1);
}

interface Site {
  readonly drover: ReadyDrover;
  readonly authority: Authority;
  readonly folder: string;
  readonly https: Target;
  readonly h2: Target;
  /** Puts a new certificate into the place of the one in use. */
  readonly replace: () => Promise<Certificate>;
}

async function startSite(t: TestContext, probation = "200ms"): Promise<Site> {
  const authority = await createAuthority({ intermediates: 1 });
  const folder = temporaryFolder(t);
  const { cert, key } = writeCertificate(folder, await authority.issue(), "site", authority.intermediates);
  const releases = inPlace(t);
  releases.deploy("1", release("1"));
  const flags = ["--tls-cert", cert, "--tls-key", key, "--probation", probation];
  const drover = await start(t, releases.entry, { workers: 2, flags });
  const https = { port: drover.port, ca: authority.root };
  const replace = async (): Promise<Certificate> => {
    const next = await authority.issue();
    replaceCertificate(folder, next, authority.intermediates);
    return next;
  };
  return { drover, authority, folder, https, h2: { ...https, http2: true }, replace };
}

function fingerprint({ cert }: Certificate): string {
  return new X509Certificate(cert).fingerprint256;
}

async function swapped({ drover }: Site, certificate: Certificate): Promise<void> {
  await drover.log.event("certificate-swapped", (line) => line["fingerprint"] === fingerprint(certificate));
}

async function listed({ drover }: Site): Promise<CertificateStatus | undefined> {
  const { code, stdout, stderr } = await drover.verb("cert", "list", "--json");
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as { readonly certificates: readonly CertificateStatus[] }).certificates[0];
}

/** What each of these workers shows, each asked on connections of its own. */
async function shownBy({ https }: Site, pids: Iterable<number>): Promise<ReadonlySet<string>> {
  const missing = new Set(pids);
  const shown = new Set<string>();
  await until(async () => {
    const connections = Array.from({ length: 4 }, () => new Connection(https));
    for (const connection of connections) {
      const { response } = await connection.request();
      shown.add((connection.socket as TLSSocket).getPeerX509Certificate()?.fingerprint256 ?? "none");
      missing.delete(Number(response?.headers.get("x-pid")));
      connection.close();
    }
    return missing.size === 0;
  }, "all workers to answer");
  return shown;
}

/** Everything that may be open while a certificate is replaced. */
function startClients(t: TestContext, { https, h2 }: Site) {
  const loads = [startLoad(t, https, { clients: 8, pauseMs: 20 }), startLoad(t, h2, { clients: 6, pauseMs: 20 })];
  const sockets = startWebSockets(t, https, { count: 5 });
  const streams = [startEventStream(t, https), startEventStream(t, h2)];
  const downloads = [https, h2].map((target) => repeat(t, () => download(target, { bytes: 1_000_000, ms: 3000 }).done));
  const ready = async (): Promise<void> => {
    await until(() => sockets.open === 5, "all WebSockets to echo");
    for (const stream of streams) await stream.hears("1");
  };
  /** All must have been answered, and what was open at the beginning must be open still. */
  const judge = async (): Promise<number> => {
    let sent = 0;
    for (const load of loads) {
      const samples = await load.stop();
      sent += samples.length;
      assert.equal(describe([...load.failures, ...load.unprocessed]), "");
      const kept = samples.filter(({ fresh }) => !fresh).map(({ answer }) => answer.localPort);
      assert.ok(new Set(kept).size <= 4, "those who keep their connection have kept it");
    }
    assert.deepEqual(await sockets.stop(), []);
    for (const stream of streams) {
      assert.deepEqual(
        (await stream.stop()).map(({ how }) => how),
        ["left"],
      );
    }
    for (const each of downloads) {
      const ended = await each.stop();
      sent += ended.length;
      assert.deepEqual(new Set(ended.map(({ outcome }) => outcome)), new Set(["ok"]));
    }
    return sent + 5 + streams.length;
  };
  return { ready, judge };
}

interface Placed {
  readonly fingerprint: string;
  /** When its files were there, and when Drover said that it is in use, on the clock of `performance.now()`. */
  readonly at: number;
  readonly inUseAt: number;
}

/** Handshakes that saw anything but the certificate that was due by then, or one of those that came since. */
function wrong(probes: readonly Probe[], placed: readonly Placed[]): readonly Probe[] {
  return probes.filter(({ at, shown }) => {
    const isDue = (one: Placed): boolean => at >= (LONG ? one.at + SEEN_WITHIN_MS : one.inUseAt);
    const known = placed.findLastIndex(isDue);
    return !placed.slice(Math.max(0, known)).some((one) => one.fingerprint === shown);
  });
}

/** It was started since the app was ready. */
function isNew({ drover }: Site, pid = 0): boolean {
  return !(drover.ready["pids"] as readonly number[]).includes(pid);
}

suite("a certificate that is replaced", () => {
  test(`${SWAPS} times in a row, with garbage in between, under HTTPS and HTTP/2: nobody notices`, async (t) => {
    const site = await startSite(t);
    const first = await listed(site);
    const placed: Placed[] = [{ at: -Infinity, inUseAt: -Infinity, fingerprint: first?.fingerprint ?? "" }];
    const clients = startClients(t, site);
    const probes = startHandshakes(t, site.drover.port, site.authority.root);
    await clients.ready();
    for (let count = 1; count <= SWAPS; count += 1) {
      if (count % 8 === 0) await refuseGarbage(site, placed.at(-1)?.fingerprint);
      const at = performance.now();
      const next = await site.replace();
      // Already while it is on its way some may see it.
      const place = { at, inUseAt: Infinity, fingerprint: fingerprint(next) };
      placed.push(place);
      await swapped(site, next);
      place.inUseAt = performance.now();
    }
    const last = placed.at(-1)?.fingerprint;
    assert.deepEqual(await shownBy(site, site.drover.workers().values()), new Set([last]));
    const { fingerprint: inUse, problem } = (await listed(site)) ?? {};
    assert.equal(inUse, last);
    assert.doesNotMatch(problem ?? "", GARBAGE);
    const seen = await probes.stop();
    const sent = await clients.judge();
    record({
      fault: `the certificate is replaced ${SWAPS} times under HTTPS and HTTP/2`,
      sent: sent + seen.length,
      lost: 0,
      note:
        `none; in use within ${slowest(placed)} s; ${seen.length} handshakes beside saw the certificate that was due, or a newer one; ` +
        "connections, WebSockets and event streams stay open throughout; garbage is refused",
    });
    assert.deepEqual(wrong(seen, placed), []);
  });

  test("while a reload is under way is what all workers of both generations show", async (t) => {
    const site = await startSite(t, "3s");
    const load = startLoad(t, site.https, { clients: 6, pauseMs: 20 });
    site.drover.signal("SIGHUP");
    const { pid: trial = 0 } = await site.drover.log.event("worker-ready", ({ pid }) => isNew(site, pid));
    const next = await site.replace();
    await swapped(site, next);
    assert.equal(site.drover.log.events("reloaded").length, 0, "the reload is under way");
    const both = [...(site.drover.ready["pids"] as readonly number[]), trial];
    assert.deepEqual(await shownBy(site, both), new Set([fingerprint(next)]));
    await site.drover.log.event("reloaded");
    assert.deepEqual(await shownBy(site, site.drover.workers().values()), new Set([fingerprint(next)]));
    await load.stop();
    assert.equal(describe(load.failures), "");
  });

  test("right before a reload is what the new workers are born with", async (t) => {
    const site = await startSite(t);
    const load = startLoad(t, site.h2, { clients: 6, pauseMs: 20 });
    const next = await site.replace();
    site.drover.signal("SIGHUP");
    await site.drover.log.event("reloaded");
    assert.deepEqual(await shownBy(site, site.drover.workers().values()), new Set([fingerprint(next)]));
    assert.equal((await listed(site))?.fingerprint, fingerprint(next));
    await load.stop();
    assert.equal(describe(load.failures), "");
  });

  test("is not held up by a worker that hangs, and one that is killed in the middle comes back with it", async (t) => {
    const site = await startSite(t);
    const victim = site.drover.workers().get(1) ?? 0;
    kill(victim, "SIGSTOP");
    await until(() => isStopped(victim), "the worker to hang");
    const next = await site.replace();
    const other = site.drover.workers().get(2) ?? 0;
    await until(async () => {
      return (await shownBy(site, [other])).has(fingerprint(next));
    }, "the other worker to show it");
    assert.equal(site.drover.log.events("certificate-swapped").length, 0, "the swap is not over");
    kill(victim, "SIGKILL");
    await site.drover.log.event("worker-ready", (line) => line.slot === 1 && line.pid !== victim);
    await swapped(site, next);
    assert.deepEqual(await shownBy(site, site.drover.workers().values()), new Set([fingerprint(next)]));
  });
});

/** It is refused once it has stayed for a while, and what was there before is shown on. */
async function refuseGarbage(site: Site, before: string | undefined): Promise<void> {
  const count = site.drover.log.events("certificate-refused").length;
  writeFileSync(join(site.folder, "site.pem"), `garbage ${count}`);
  const refused = (): boolean => site.drover.log.events("certificate-refused").length === count + 1;
  await site.drover.log.find("the refusal", refused);
  const { fingerprint: inUse, problem } = (await listed(site)) ?? {};
  assert.equal(inUse, before);
  assert.match(problem ?? "", GARBAGE);
  assert.deepEqual(await shownBy(site, site.drover.workers().values()), new Set([before]));
}
