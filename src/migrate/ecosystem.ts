import { showValue } from "../config/show.ts";
import { AppError } from "../errors.ts";
import { toPm2App, type Pm2App } from "./pm2-app.ts";
import type { Remark } from "./remark.ts";

export interface Ecosystem {
  readonly apps: readonly Pm2App[];
  /** On what stands beside the apps. */
  readonly remarks: readonly Remark[];
}

const BESIDE: Readonly<Record<string, string>> = {
  deploy: "Drover does not copy code: keep your deploy script, and end it with drover reload NAME",
  static: "Drover serves apps, not folders: leave files to nginx, or to express.static in an app",
};

/**
 * The apps of a pm2 file's content: an object with `apps` (or `pm2`), a list of apps, or a single app.
 * Throws MIGRATE_UNREADABLE when there are none.
 */
export function readEcosystem(content: unknown, shown: string): Ecosystem {
  const found = isObject(content) ? (content["apps"] ?? content["pm2"] ?? content) : content;
  const apps = [found].flat();
  if (apps.length === 0 || !apps.every(isObject) || apps.every((app) => !hasScript(app))) throw noApps(shown, found);
  const beside = isObject(content) ? Object.keys(content).filter((key) => Object.hasOwn(BESIDE, key)) : [];
  return {
    apps: apps.map(toPm2App),
    remarks: beside.map((key) => ({ key, text: BESIDE[key] ?? "" })),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasScript(app: object): boolean {
  return typeof toPm2App(app)["script"] === "string";
}

function noApps(shown: string, found: unknown): AppError {
  const got = Array.isArray(found) || isObject(found) ? "none with a script" : showValue(found);
  const hint = "Write module.exports = { apps: [{ script: … }] }, as pm2 reads it.";
  return new AppError("MIGRATE_UNREADABLE", `${shown}: expected apps of pm2, got ${got}`, hint);
}
