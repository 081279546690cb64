import { CLUSTER } from "./cluster.ts";
import { installed } from "./installed.ts";
import type { Peer } from "./peer.ts";
import { spawned } from "./spawned.ts";

const BUN = process.arch === "arm64" ? "@oven/bun-linux-aarch64" : "@oven/bun-linux-x64";
const DENO = `@deno/linux-${process.arch}-glibc`;

const reference = (name: string): Partial<Peer> => ({ needs: { packages: [name] }, reference: true, ownRuntime: true });

/** Its `node:cluster` shares a port by SO_REUSEPORT. */
export const bun = spawned(
  "Bun, node:cluster",
  ({ app, workers }) => ({
    file: installed(BUN, "bin/bun"),
    args: [CLUSTER],
    env: { APP: app, WORKERS: String(workers) },
  }),
  reference(BUN),
);

/** Its `node:cluster` does nothing, and `deno serve --parallel` takes no Express. */
export const deno = spawned(
  "Deno, one process",
  ({ app }) => ({ file: installed(DENO, "deno"), args: ["run", "--allow-all", app] }),
  { ...reference(DENO), single: true },
);
