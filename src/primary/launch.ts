import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { Resolved } from "../config/config.ts";
import { plannedAddresses, toListenOptions } from "./addresses.ts";
import { identify } from "./identity.ts";
import type { Launch } from "./worker-handle.ts";

/** What a generation's workers are started with. `environment` is the one Drover was started with; it wins over the env file. */
export function prepareLaunch({ config, origins }: Resolved, environment: NodeJS.ProcessEnv): Launch {
  const port = origins["port"] === "default" ? {} : { PORT: String(config.port) };
  const host = origins["host"] === "default" || config.host === null ? {} : { HOST: config.host };
  return {
    args: config.args,
    nodeOptions: config.nodeOptions,
    cwd: config.cwd,
    env: { NODE_ENV: "production", ...config.env, ...environment, ...port, ...host },
    ...identify(config.user, config.group),
    piped: config.log.prefix,
    boot: {
      entry: config.entry,
      serve: config.serve,
      addresses: plannedAddresses(config).map(toListenOptions),
      background: config.listen === false,
      backlog: config.backlog,
      accessLog: config.log.access,
      timeouts: config.timeouts,
    },
  };
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
