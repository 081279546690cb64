/**
 * Drover in few files, since each one costs a start a third of a millisecond: what every start loads is one file, what it shares with a worker a second, and what
 * is imported lazily in src stays apart. Packages stay outside.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown, type Plugin } from "rolldown";

const SRC = fileURLToPath(new URL("../../src/", import.meta.url));

/** What is imported or run by its name: by the app, by npm, or by another process of Drover's. */
const ENTRIES = [
  "index",
  "cli",
  "server/create-server",
  "session/express",
  "session/fastify",
  "session/hono",
  "session/koa",
  "store/kv",
  "store/rate-limit",
  "store/sqlite/keeper-thread",
  "worker/beside",
  "worker/stand-in",
  "worker/worker",
];
/** Lazy in src, that other verbs and an old Node do without; of one file, since every start needs all. */
const START = ["cli/main", "cli/start", "config/logical-cwd", "primary/foreground"];

export async function bundleDrover(dist: string): Promise<void> {
  const modules = new Map<string, readonly string[]>();
  const entries = new Set(ENTRIES.map(fileOf));
  const build = await rolldown({
    input: Object.fromEntries(ENTRIES.map((name) => [name, fileOf(name)])),
    platform: "node",
    external: /^[^./]/,
    preserveEntrySignatures: "allow-extension",
    // Files are joined on purpose that are lazy for others.
    checks: { ineffectiveDynamicImport: false },
    plugins: [noteImports(modules)],
  });
  const of = (roots: readonly string[]): ReadonlySet<string> => closure(roots.map(fileOf), modules);
  await build.write({
    dir: dist,
    format: "esm",
    sourcemap: true,
    comments: false,
    // Beside each other at the top, where own-files.ts may be in any of them. The hash: a process that outlives its files must not import those of another version.
    chunkFileNames: "[name]-[hash].js",
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        {
          debugName: "start",
          name: (id) =>
            entries.has(id) || !of(START).has(id) ? null : of(["worker/worker"]).has(id) ? "common" : "start",
        },
      ],
    },
  });
  await build.close();
}

function fileOf(name: string): string {
  return join(SRC, `${name}.ts`);
}

function noteImports(modules: Map<string, readonly string[]>): Plugin {
  return { name: "note-imports", moduleParsed: ({ id, importedIds }) => void modules.set(id, importedIds) };
}

/** These files and all they import, but for what is lazy. */
function closure(roots: readonly string[], modules: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set(roots);
  for (const file of found) for (const imported of modules.get(file) ?? []) found.add(imported);
  return found;
}
