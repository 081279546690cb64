import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { OWN_FOLDER } from "../../own-files.ts";

/** What a module exports, whatever that is. */
export type Exported = unknown;

/** What the app has loaded. Nothing more is loaded to find out. */
export class Loaded {
  readonly #commonjs: NodeJS.Dict<NodeJS.Module>;
  readonly #urls: readonly string[];

  /** @param scripts addresses of files that have been loaded, ES modules among them */
  constructor(scripts: readonly string[]) {
    this.#commonjs = createRequire(import.meta.url).cache;
    this.#urls = scripts.filter((url) => url.startsWith("file:"));
  }

  /** Of every module of that package, in all its versions. */
  async exportsOf(name: string): Promise<readonly Exported[]> {
    const folder = `/node_modules/${name}/`;
    const required = Object.entries(this.#commonjs).filter(([file]) => isIn(file, folder));
    const known = new Set(required.map(([file]) => file));
    const urls = this.#urls.filter((url) => isIn(fileURLToPath(url), folder) && !known.has(fileURLToPath(url)));
    // Loaded already, so that this runs no code: it answers what is there.
    const imported = await Promise.all(urls.map((url) => import(url) as Promise<Exported>));
    return [...required.map(([, module]) => module?.exports as Exported), ...imported];
  }

  /** The app's own code: neither of a package nor of Drover. */
  ownFiles(): readonly string[] {
    const files = [...Object.keys(this.#commonjs), ...this.#urls.map((url) => fileURLToPath(url))];
    return [...new Set(files)].filter((file) => !isIn(file, "/node_modules/") && !isIn(file, OWN_FOLDER));
  }
}

function isIn(file: string, folder: string): boolean {
  return file.replaceAll("\\", "/").includes(folder.replaceAll("\\", "/"));
}
