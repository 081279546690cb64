import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { createChain, type Certificate } from "../support/certificates.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { clientSays } from "../support/openssl.ts";
import { byLink } from "../support/releases.ts";
import { need } from "../support/tools.ts";

const WORKERS = 4;
/** How often a session is resumed, at least. */
const TIMES = 20;
const AT_ONCE = 4;
const MOST = 600;

const HANDLER = "(req, res) => res.end(`answered by ${process.pid}`)";
const OWN = 'const options = { key: readFileSync("KEY"), cert: readFileSync("CERT") };';

/** `KEY` and `CERT` stand for paths. */
const apps = [
  { title: "an exported app", source: `export default ${HANDLER};` },
  {
    title: "an https server that the app opens",
    source: `import { readFileSync } from "node:fs"; import { createServer } from "node:https";
      ${OWN} createServer(options, ${HANDLER}).listen(process.env.PORT);`,
  },
] as const;

const versions = ["-tls1_2", "-tls1_3"] as const;

for (const { title, source } of apps) {
  suite(`${title} on ${WORKERS} workers`, () => {
    test("resumes each session, whichever worker is asked, before and after a reload and a change of the certificate", async (t) => {
      if (!need(t, "openssl", "openssl")) return;
      const site = await deployed(t, source, title === "an exported app");
      const sessions = await Promise.all(
        versions.map(async (version) => [version, await begin(t, site, version)] as const),
      );
      for (const [version, session] of sessions) await resumedByAll(site, version, session);
      site.release("b");
      await reload(site.drover);
      for (const [version, session] of sessions) await resumedByAll(site, version, session);
      const next = await createChain();
      site.certify(next);
      await reload(site.drover);
      assert.match(
        await clientSays(site.drover.port, "-CAfile", site.file("root.pem"), "-verify_return_error"),
        /Verification: OK/,
      );
      for (const [version, session] of sessions) await resumedByAll(site, version, session);
    });
  });
}

interface Site {
  readonly drover: ReadyDrover;
  readonly file: (name: string) => string;
  readonly release: (name: string) => void;
  readonly certify: (certificate: Certificate & { readonly root: string }) => void;
}

async function deployed(t: TestContext, source: string, isExported: boolean): Promise<Site> {
  const folder = temporaryFolder(t);
  const file = (name: string): string => join(folder, name);
  const certify: Site["certify"] = ({ key, cert, root }) => {
    writeFileSync(file("key.pem"), key);
    writeFileSync(file("cert.pem"), cert);
    writeFileSync(file("root.pem"), root);
  };
  certify(await createChain());
  const releases = byLink(t);
  const text = source.replace("KEY", file("key.pem")).replace("CERT", file("cert.pem"));
  const release = (name: string): void => releases.deploy(name, text);
  release("a");
  const flags = isExported ? ["--tls-cert", file("cert.pem"), "--tls-key", file("key.pem")] : [];
  const drover = await start(t, releases.entry, {
    workers: WORKERS,
    flags: ["--probation", "0", "--idle-timeout", "0", ...flags],
  });
  return { drover, file, release, certify };
}

/** The file with the session. */
async function begin(t: TestContext, { drover }: Site, version: string): Promise<string> {
  const session = join(temporaryFolder(t), "session");
  assert.match(await clientSays(drover.port, version, "-sess_out", session), /^New, /m);
  return session;
}

/** Each worker answers at least once: an idle machine has its favourites among them. */
async function resumedByAll({ drover }: Site, version: string, session: string): Promise<void> {
  const pids = new Set<string>();
  let times = 0;
  while (times < TIMES || pids.size < WORKERS) {
    assert.ok(times < MOST, `after ${times} connections only ${pids.size} workers have answered`);
    const answers = Array.from({ length: AT_ONCE }, () => clientSays(drover.port, version, "-sess_in", session));
    for (const said of await Promise.all(answers)) {
      assert.match(said, /^Reused, /m);
      pids.add(/answered by (\d+)/.exec(said)?.[1] ?? assert.fail(said));
    }
    times += AT_ONCE;
  }
}

async function reload(drover: ReadyDrover): Promise<void> {
  const before = drover.log.events("reloaded").length;
  drover.signal("SIGHUP");
  await drover.log.event("reloaded", () => drover.log.events("reloaded").length > before);
}
