/**
 * The certifier in one file, with the packages it is built on inside, so that they are no dependencies of whoever installs Drover, and the licences of those packages beside it.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown, type OutputChunk, type Plugin } from "rolldown";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Inlined {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: string;
}

/** Writes tls/certifier.js and tls/THIRD-PARTY-LICENSES.txt there. */
export async function bundleCertifier(dist: string): Promise<void> {
  const { moduleIds, fileName } = await bundle(dist);
  const sections = packagesOf(moduleIds).map(
    ({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text}\n`,
  );
  const head = `${fileName} holds pieces of the following packages, which come with these licences.\n`;
  writeFileSync(join(dist, "tls/THIRD-PARTY-LICENSES.txt"), [head, ...sections].join(`\n${"-".repeat(80)}\n\n`));
}

/** package.json, as seen from there. */
const ONE_FURTHER_DOWN: Plugin = {
  name: "one-further-down",
  transform: (code, id) => (id.endsWith("/version.ts") ? code.replace("../package.json", "../../package.json") : null),
};

async function bundle(dist: string): Promise<OutputChunk> {
  const build = await rolldown({
    input: join(root, "src/tls/certifier.ts"),
    platform: "node",
    // Of packages that come both ways, the one of which unused pieces can be left out.
    resolve: { conditionNames: ["module", "import", "default"], mainFields: ["module", "main"] },
    plugins: [ONE_FURTHER_DOWN],
  });
  const { output } = await build.write({
    file: join(dist, "tls/certifier.js"),
    format: "esm",
  });
  await build.close();
  return output[0];
}

/** The packages of these files, by name. */
function packagesOf(files: readonly string[]): readonly Inlined[] {
  const folders = new Set(files.filter((file) => file.includes("/node_modules/")).map(packageFolder));
  return [...folders].map(describe).toSorted((a, b) => a.name.localeCompare(b.name));
}

/** Some packages have further package.json files within, which name nothing. */
function packageFolder(file: string): string {
  const match = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file);
  if (!match) throw new Error(`expected a file of a package, got ${file}`);
  return match[0];
}

function describe(folder: string): Inlined {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`expected the licence of ${name} in ${folder}, got none`);
  return { name, version, license, text: readFileSync(join(folder, file), "utf8").trim() };
}
