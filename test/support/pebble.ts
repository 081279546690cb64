import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { createChain } from "./certificates.ts";
import { steadyPort, temporaryFolder } from "./fixture.ts";
import { need } from "./tools.ts";
import { until } from "./wait.ts";

/** Pebble, a small ACME authority for tests, on 127.0.0.1. Every name leads it to 127.0.0.1. */
export interface Pebble {
  /** The URL of its directory. */
  readonly directory: string;
  /** PEM: what its clients trust, to speak to it. */
  readonly trust: string;
  /** PEM: the root of the certificates that it gives. */
  readonly root: string;
  /** Where it looks for the answers to http-01 and tls-alpn-01. */
  readonly httpPort: number;
  readonly tlsPort: number;
}

export interface PebbleOptions {
  /** Default: a port that is free. */
  readonly httpPort?: number;
  readonly tlsPort?: number;
  /** In per cent. Default 20. */
  readonly rejectedNonces?: number;
  /** How many intermediates are between its root and a leaf. Default 1. */
  readonly intermediates?: number;
  /** It registers only whom it knows: their keys, base64url, by key id. */
  readonly customers?: Readonly<Record<string, string>>;
}

/** A name that it refuses. */
export const BLOCKED_NAME = "blocked.example";

/** Starts one that is gone at the test's end. `undefined`: it is not here and cannot be installed, the test is skipped. */
export async function startPebble(t: TestContext, options: PebbleOptions = {}): Promise<Pebble | undefined> {
  // Both come with the one package.
  if (!need(t, "pebble", "pebble") || !need(t, "pebble-challtestsrv", "pebble")) return undefined;
  const folder = temporaryFolder(t);
  // Side by side: two that were found one after the other may be the same.
  const port = await steadyPort(5);
  const [management, dns] = [port + 1, port + 2];
  const { httpPort = port + 3, tlsPort = port + 4 } = options;
  const own = await createChain({ names: ["127.0.0.1"] });
  writeFileSync(join(folder, "cert.pem"), own.cert);
  writeFileSync(join(folder, "key.pem"), own.key);
  const config = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: "cert.pem",
    privateKey: "key.pem",
    httpPort,
    tlsPort,
    externalAccountBindingRequired: options.customers !== undefined,
    externalAccountMACKeys: options.customers ?? {},
    domainBlocklist: [BLOCKED_NAME],
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify({ pebble: config }));

  const nobody = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-management", ""];
  const names = ["-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01", `127.0.0.1:${dns}`];
  launch(t, "pebble-challtestsrv", [...nobody, ...names], folder, {});
  const pebble = launch(t, "pebble", ["-config", "config.json", "-dnsserver", `127.0.0.1:${dns}`], folder, {
    PEBBLE_VA_NOSLEEP: "1",
    PEBBLE_WFE_NONCEREJECT: String(options.rejectedNonces ?? 20),
    PEBBLE_CHAIN_LENGTH: String(options.intermediates ?? 1),
    PEBBLE_AUTHZREUSE: "0",
  });
  const root = await until(() => {
    if (pebble.exitCode !== null) throw new Error(readFileSync(join(folder, "pebble.log"), "utf8"));
    return read(`https://127.0.0.1:${management}/roots/0`, own.root);
  }, "pebble to answer");
  return { directory: `https://127.0.0.1:${port}/dir`, trust: own.root, root, httpPort, tlsPort };
}

function launch(
  t: TestContext,
  tool: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): ChildProcess {
  const said = openSync(join(cwd, `${tool}.log`), "w");
  const child = spawn(tool, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", said, said] });
  closeSync(said);
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "close");
    child.kill("SIGKILL");
    await gone;
  });
  return child;
}

/** `undefined`: nobody answers yet. */
async function read(url: string, ca: string): Promise<string | undefined> {
  try {
    const [response] = await once(get(url, { ca, agent: false }), "response");
    return await text(response);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") return undefined;
    throw error;
  }
}
