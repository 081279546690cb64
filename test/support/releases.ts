import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { app, temporaryFolder } from "./fixture.ts";

const SITE = JSON.stringify(app("reload/site.js"));

/** A release that serves, and says its name in every answer. */
export function site(name: string, then = ""): string {
  return `import { serve } from ${SITE};\nexport const server = serve(${JSON.stringify(name)})${then};\n`;
}

/** Where the app is deployed to; gone at the test's end. */
export interface Releases {
  /** What to start. */
  readonly entry: string;
  /** Brings a release there as a deployment would; nothing is reloaded. */
  deploy(name: string, source: string): void;
}

/** Replaced in one step, so that no worker reads half of it. */
function replace(path: string, make: (temporary: string) => void): void {
  make(`${path}.next`);
  renameSync(`${path}.next`, path);
}

/** One file, of which only the newest release exists. */
export function inPlace(t: TestContext): Releases {
  const entry = join(temporaryFolder(t), "app.mjs");
  return { entry, deploy: (_name, source) => replace(entry, (next) => writeFileSync(next, source)) };
}

/** A folder for each release, and the link `current` to the one that counts. */
export function byLink(t: TestContext): Releases {
  const folder = temporaryFolder(t);
  const current = join(folder, "current");
  return {
    entry: join(current, "app.mjs"),
    deploy: (name, source) => {
      const release = join(folder, "releases", name);
      mkdirSync(release, { recursive: true });
      writeFileSync(join(release, "app.mjs"), source);
      replace(current, (next) => symlinkSync(release, next));
    },
  };
}
