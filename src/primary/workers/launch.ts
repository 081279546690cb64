import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { Config, Resolved } from "../../config/config.ts";
import { TLS } from "../../config/options/tls.ts";
import { plannedRedirects } from "../../config/planned-redirects.ts";
import { sharedMemory } from "../../config/shared-memory.ts";
import { speaksTls } from "../../config/tls.ts";
import { placeStore, placeStoreAgain } from "../../placement/place-store.ts";
import { STORE_ENV } from "../../protocol/store-address.ts";
import type { TlsOptions } from "../../protocol/tls.ts";
import { fatalReportFolder } from "../crashes/folders.ts";
import { areNamed, plannedAddresses, toListenOptions } from "../sockets/addresses.ts";
import { identify, ownerOf } from "./identity.ts";
import { workerFile } from "./worker-file.ts";
import type { Launch } from "./worker-handle.ts";

/**
 * What a generation's workers are started with.
 * @param environment the one Drover was started with; it wins over the env file
 * @param before what the generation that runs was started with; null: this is the first
 */
export function prepareLaunch(resolved: Resolved, environment: NodeJS.ProcessEnv, before: Launch | null): Launch {
  const { config } = resolved;
  // A generation is the code its links led to when it began: a rollback or a crash must not find what they lead to by then.
  const entry = realpathSync(config.entry);
  const identity = identify(config.user, config.group);
  const wish = { store: config.store, name: config.name, owner: ownerOf(identity) };
  const env = withNodeEnv({ ...config.env, ...environment, ...WITHHELD, ...askedFor(resolved) }, config.watch);
  const store = before ? placeStoreAgain(before.store, wish, environment) : placeStore(wish, environment);
  return {
    workerFile: workerFile(entry),
    args: config.args,
    nodeOptions: config.nodeOptions,
    cwd: realpathSync(config.cwd),
    env: { ...env, [STORE_ENV]: store.address },
    ...identity,
    store,
    memory: sharedMemory(config, env),
    piped: config.log.prefix,
    boot: {
      entry,
      entryAsGiven: config.entry,
      ownOptions: [],
      serve: config.serve,
      addresses: plannedAddresses(config).map(toListenOptions),
      named: areNamed(resolved),
      perSlot: config.perSlot,
      redirects: plannedRedirects(config).map(toListenOptions),
      tls: speaksTls(config.tls) ? tlsOptions(config.tls) : null,
      http2: config.http2,
      background: config.listen === false,
      hostFor: null,
      backlog: config.backlog,
      accessLog: config.log.access,
      metrics: config.admin !== null,
      watch: config.watch,
      waitReady: config.waitReady,
      probe: config.probe,
      maxInFlight: config.maxInFlight,
      fatalReports: fatalReportFolder(config.name, environment, ownerOf(identity).foreign),
      trustProxy: config.trustProxy,
      shutdownMessage: config.shutdownMessage,
      timeouts: config.timeouts,
    },
  };
}

/** What the workers' user is not to know reaches them where it must, by message. */
const WITHHELD: Readonly<Record<string, undefined>> = Object.fromEntries(
  Object.values(TLS).flatMap((row) => ("secret" in row && row.env !== null ? [[row.env, undefined]] : [])),
);

function tlsOptions({ minVersion, clientCert, hsts }: Config["tls"]): TlsOptions {
  return { minVersion, clientCert, hsts };
}

/** An empty variable counts as unset, here as elsewhere. Whoever watches files is developing. */
function withNodeEnv(env: NodeJS.ProcessEnv, watch: boolean): NodeJS.ProcessEnv {
  return { ...env, NODE_ENV: env["NODE_ENV"] || (watch ? "development" : "production") };
}

/** What an app that listens by itself is told of the wish for an address. What nobody asked for it does not hear. */
function askedFor({ config, origins }: Resolved): Record<string, string> {
  const isAsked = (key: string): boolean => (origins[key] ?? "default") !== "default";
  const [first] = isAsked("listen") ? plannedAddresses(config) : [];
  if (first?.kind === "unix") return { PORT: first.path };
  const port = first?.port ?? (isAsked("port") ? config.port : null);
  const host = first ? first.host : isAsked("host") ? config.host : null;
  return { ...(port === null ? {} : { PORT: String(port) }), ...(host === null ? {} : { HOST: host }) };
}

const LOADERS = ["tsx", "@oxc-node/core/register"] as const;

/**
 * The launch with the app's own TypeScript loader, for syntax that Node cannot strip (enums, parameter properties); null where it
 * has none. Drover brings no compiler: the app's is the one its author tested with.
 */
export function withLoader(launch: Launch, entry: string): Launch | null {
  const loader = findLoader(entry);
  return loader === null ? null : { ...launch, nodeOptions: [...launch.nodeOptions, "--import", loader] };
}

function findLoader(entry: string): string | null {
  const { resolve } = createRequire(entry);
  for (const name of LOADERS) {
    try {
      return pathToFileURL(resolve(name)).href;
    } catch {
      continue;
    }
  }
  return null;
}
