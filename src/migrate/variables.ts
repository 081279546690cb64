import { optionRows } from "../config/options.ts";
import { showValue } from "../config/show.ts";
import type { Pm2App } from "./pm2-app.ts";
import type { Remark } from "./remark.ts";

export interface Variables {
  readonly env: Readonly<Record<string, string>>;
  /** What `port` or the variable PORT says: a port, or the path of a unix socket. */
  readonly port: number | `unix:${string}` | null;
  readonly remarks: readonly Remark[];
}

/**
 * The variables of `env` and, above them, of the environment that is asked for (`env_production`).
 * @param isInherited whether a value is only that of this shell, read by the file from `process.env`
 */
export function readVariables(
  app: Pm2App,
  chosen: string | undefined,
  isInherited: (name: string, value: string) => boolean,
): Variables {
  const merged = { ...texts(app["env"]), ...(chosen === undefined ? {} : texts(app[`env_${chosen}`])) };
  const inherited = Object.keys(merged).filter((name) => isInherited(name, merged[name] ?? ""));
  const { PORT, ...rest } = Object.fromEntries(Object.entries(merged).filter(([name]) => !inherited.includes(name)));
  const written = app["port"] ?? PORT;
  const port = toPort(written);
  const noPort = { key: "port", text: `left out: expected a port or the path of a socket, got ${showValue(written)}` };
  const remarks = written === undefined || port !== null ? [] : [noPort];
  return {
    env: rest,
    port,
    remarks: [...otherEnvironments(app, chosen), ...inheritedRemarks(inherited), ...remarks],
  };
}

function texts(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null) return {};
  const given = Object.entries(value).filter(([, one]) => one !== undefined && one !== null);
  return Object.fromEntries(
    given.map(([name, one]) => [name, typeof one === "object" ? JSON.stringify(one) : String(one)]),
  );
}

function toPort(value: unknown): Variables["port"] {
  if (typeof value === "string" && value.startsWith("/")) return `unix:${value}`;
  if (typeof value !== "number" && !(typeof value === "string" && /^\d{1,5}$/.test(value.trim()))) return null;
  const port = Number(value);
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : null;
}

function otherEnvironments(app: Pm2App, chosen: string | undefined): readonly Remark[] {
  const names = Object.keys(app).flatMap((key) => (isEnvironment(key) ? [key.slice("env_".length)] : []));
  const others = names.filter((name) => name !== chosen);
  const remarks = others.map((name) => ({
    key: `env_${name}`,
    text: `not taken: drover migrate --env ${name} takes it`,
  }));
  if (chosen === undefined || names.includes(chosen)) return remarks;
  return [{ key: `env_${chosen}`, text: "there is none in this app: only env was taken" }, ...remarks];
}

/** The keys of environments are the user's own words: no rule knows them. */
export function isEnvironment(key: string): boolean {
  return key.startsWith("env_") && key !== "env_file";
}

function inheritedRemarks(names: readonly string[]): readonly Remark[] {
  if (names.length === 0) return [];
  const text = `${names.join(", ")}: not copied, since they come from the environment; if from an env file, name that in envFile`;
  return [{ key: "env", text }];
}

/**
 * Options to set so that a variable meant for the app alone is not read by Drover: one that it would refuse (`HOST: "https://shop"`).
 */
export function shieldOptions(
  env: Readonly<Record<string, string>>,
): readonly { key: string; value: unknown; remark: Remark }[] {
  return optionRows().flatMap(([key, { env: name, kind, default: standard }]) => {
    const value = name === null ? undefined : env[name];
    if (name === null || value === undefined || value === "" || kind.parse(value).ok) return [];
    const text = `${name} is for the app alone: Drover would read it as its option ${key}, which is therefore set here`;
    return [{ key, value: standard, remark: { key: "env", text } }];
  });
}
