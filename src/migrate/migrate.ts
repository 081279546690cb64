import { nest } from "../config/nest.ts";
import { readEcosystem } from "./ecosystem.ts";
import { mapApp, type MappedApp, type World } from "./map-app.ts";
import type { Remark } from "./remark.ts";

export interface Migration {
  /** The content of a config file. */
  readonly config: object;
  readonly apps: readonly MappedApp[];
  /** On what stands beside the apps. */
  readonly remarks: readonly Remark[];
}

/** The content of a pm2 file as one of Drover: a single app flat, several under `apps`. Throws MIGRATE_UNREADABLE when it holds no apps. */
export function migrate(content: unknown, shown: string, world: World): Migration {
  const { apps, remarks } = readEcosystem(content, shown);
  const mapped = withOwnPorts(withOwnNames(apps.map((app) => mapApp(app, world))));
  const [first, ...others] = mapped.flatMap(({ options, name }) => (options === null ? [] : [{ name, options }]));
  const config =
    first === undefined || others.length === 0 ? nest(first?.options ?? new Map()) : named([first, ...others]);
  return { config, apps: mapped, remarks };
}

interface RunnableApp {
  readonly name: string;
  readonly options: ReadonlyMap<string, unknown>;
}

function named(apps: readonly RunnableApp[]): object {
  const entries = apps.map(({ name, options }) => {
    const { name: _, ...rest } = nest(options) as Record<string, unknown>;
    return [name, rest];
  });
  return { apps: Object.fromEntries(entries) };
}

/** pm2 lets apps share a name. */
function withOwnNames(apps: readonly MappedApp[]): readonly MappedApp[] {
  const taken = new Set<string>();
  return apps.map((app) => {
    const name = freeName(app.name, taken);
    taken.add(name);
    if (name === app.name || app.options === null) return app;
    const remark = { key: "name", text: `is ${name} here: another app is called ${app.name}` };
    return { name, options: new Map(app.options).set("name", name), remarks: [...app.remarks, remark] };
  });
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  const numbers = Array.from({ length: taken.size + 1 }, (_, index) => (index === 0 ? name : `${name}-${index + 1}`));
  return numbers.find((candidate) => !taken.has(candidate)) ?? name;
}

/** Two apps cannot have one port; where none is known, the app is trusted to listen by itself, as every app under pm2 must. */
function withOwnPorts(apps: readonly MappedApp[]): readonly MappedApp[] {
  const owners = new Map<unknown, string>();
  const alone = apps.filter(({ options }) => options !== null).length === 1;
  return apps.map((app) => {
    if (app.options === null) return app;
    const port = app.options.get("port") ?? app.options.get("listen");
    const owner = owners.get(port);
    if (port !== undefined && owner === undefined) {
      owners.set(port, app.name);
      return app;
    }
    const options = new Map(app.options);
    for (const key of ["port", "listen"]) options.delete(key);
    if (!alone) options.set("serve", "listen");
    const why =
      owner === undefined ? "none is set: the app keeps its own" : `${String(port)} is that of ${owner}: left out`;
    const remark = { key: "port", text: `${why}; for one that serves nothing (a queue, a bot) set listen: false` };
    return { ...app, options, remarks: [...app.remarks, remark] };
  });
}
