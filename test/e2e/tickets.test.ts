import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
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

const apps: readonly App[] = [
  {
    title: "an exported app",
    source: `export default ${HANDLER};`,
    flags: (cert, key) => ["--tls-cert", cert, "--tls-key", key],
    renewed: async ({ log }) => void (await log.event("certificate-swapped")),
  },
  {
    title: "an https server that the app opens",
    source: `import { readFileSync } from "node:fs"; import { createServer } from "node:https";
      const options = { key: readFileSync("KEY"), cert: readFileSync("CERT") };
      createServer(options, ${HANDLER}).listen(process.env.PORT);`,
    flags: () => [],
    renewed: reload,
  },
];

interface App {
  readonly title: string;
  /** `KEY` and `CERT` stand for paths. */
  readonly source: string;
  readonly flags: (cert: string, key: string) => readonly string[];
  /** Resolves when all workers use the certificate that is now in the files. */
  readonly renewed: (drover: ReadyDrover) => Promise<void>;
}

const versions = ["-tls1_2", "-tls1_3"] as const;

for (const app of apps) {
  test(`${app.title} resumes each session in all workers, before and after a reload and a change of the certificate`, async (t) => {
    if (!need(t, "openssl", "openssl")) return;
    const site = await deployed(t, app);
    const sessions = await Promise.all(
      versions.map(async (version) => [version, await begin(t, site, version)] as const),
    );
    const resumed = async (): Promise<void> => {
      for (const [version, session] of sessions) await resumedByAll(site, version, session);
    };
    await resumed();
    site.release("b");
    await reload(site.drover);
    await resumed();
    site.certify(await createChain());
    await app.renewed(site.drover);
    const trusted = ["-CAfile", site.file("root.pem"), "-verify_return_error"];
    assert.match(await clientSays(site.drover.port, ...trusted), /Verification: OK/);
    await resumed();
  });
}

interface Site {
  readonly drover: ReadyDrover;
  readonly file: (name: string) => string;
  readonly release: (name: string) => void;
  readonly certify: (certificate: Certificate & { readonly root: string }) => void;
}

async function deployed(t: TestContext, app: App): Promise<Site> {
  const folder = temporaryFolder(t);
  const file = (name: string): string => join(folder, name);
  const certify: Site["certify"] = ({ key, cert, root }) => {
    writeFileSync(file("key.pem"), key);
    writeFileSync(file("cert.pem"), cert);
    writeFileSync(file("root.pem"), root);
  };
  certify(await createChain());
  const releases = byLink(t);
  const text = app.source.replace("KEY", file("key.pem")).replace("CERT", file("cert.pem"));
  const release = (name: string): void => releases.deploy(name, text);
  release("a");
  const flags = app.flags(file("cert.pem"), file("key.pem"));
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
