import { mapApp, type MappedApp, type World } from "../../src/migrate/map-app.ts";
import { toPm2App } from "../../src/migrate/pm2-app.ts";
import type { Look } from "../../src/migrate/run.ts";

/** Files by name, with how they begin, and the scripts of package.json. */
export function looking(files: Readonly<Record<string, string>>, scripts: Readonly<Record<string, string>> = {}): Look {
  return { head: (file) => files[file] ?? null, script: (name) => scripts[name] };
}

/** A folder in which every file is there. */
export const world: World = {
  folder: "/srv/shop",
  home: "/home/me",
  isInherited: () => false,
  look: () => ({ head: () => "", script: () => undefined }),
};

export interface Mapped extends Omit<MappedApp, "options"> {
  readonly options: Readonly<Record<string, unknown>>;
}

/** An app of pm2 as one of Drover, by dotted keys. */
export function map(written: object, surrounding: Partial<World> = {}): Mapped {
  const app = mapApp(toPm2App({ script: "app.js", ...written }), { ...world, ...surrounding });
  return { ...app, options: Object.fromEntries(app.options ?? []) };
}
