import { availableParallelism, totalmem } from "node:os";
import { styleText } from "node:util";
import { cpuCount } from "../../config/cpu-count.ts";
import { memoryLimit } from "../../config/memory-limit.ts";
import { openFileLimit } from "../../config/open-files.ts";
import { readTextIfThere } from "../../config/read-text.ts";
import { resolveApps, type Resolution } from "../../config/resolve.ts";
import { sharedMemory } from "../../config/shared-memory.ts";
import { platformOf, signsOf } from "../../config/time-budget.ts";
import { AppError, EXIT, type ExitCode } from "../../errors.ts";
import { writeJson, type Io } from "../io.ts";
import { alignRows } from "../table.ts";
import type { Request } from "../verbs.ts";
import { checkAddresses, checkRedirects } from "./addresses.ts";
import { checkConfig, checkMachine, checkVariables, type Check, type Machine } from "./checks.ts";
import { checkEntrySyntax } from "./entry.ts";
import { checkHeap } from "./heap.ts";
import { checkHome } from "./home.ts";
import { checkLog } from "./log.ts";
import { checkStop } from "./stop.ts";
import { checkStore } from "./store.ts";
import { checkTlsSetup } from "./tls.ts";

/** Fails only when something would keep the app from starting. */
export async function doctor(request: Request, io: Io): Promise<ExitCode> {
  const resolved = await resolveAll(request).catch(onlyAppError);
  const machine = checkMachine(inspectMachine(io, resolved));
  const control = await checkHome(io.env, longestName(resolved));
  const checks = [...machine, ...checkVariables(io.env), ...(await checkApps(resolved, io.env)), control];
  const ok = checks.every(({ state }) => state !== "problem");
  if (request.json) writeJson(io, { ok, checks });
  else io.stdout.write(asText(checks, io));
  return ok ? EXIT.ok : EXIT.failure;
}

/** The one whose socket may be too long a path. */
function longestName(resolved: readonly Resolution[] | AppError): string {
  const names = resolved instanceof AppError ? [] : resolved.map(({ config }) => config.name);
  return names.toSorted((one, other) => other.length - one.length)[0] ?? "app";
}

async function resolveAll(request: Request): Promise<readonly Resolution[]> {
  return (await resolveApps(request.sources, request.operands)).map(({ resolution }) => resolution);
}

/** Those of each app in turn, or why there are none. */
async function checkApps(
  resolved: readonly Resolution[] | AppError,
  env: NodeJS.ProcessEnv,
): Promise<readonly Check[]> {
  if (resolved instanceof AppError) return checkConfig(resolved);
  const platform = platformOf(signsOf(env));
  const checks: Check[] = [];
  // One by one: two that bind the same port to see whether it is free would be in each other's way.
  for (const app of resolved) {
    const addresses = [...(await checkAddresses(app.config)), ...(await checkRedirects(app))];
    checks.push(...checkConfig(app), ...checkEntrySyntax(app.config), ...addresses, checkStop(app.config, platform));
    checks.push(...checkHeap(app.config, sharedMemory(app.config, { ...app.config.env, ...env }), resolved.length));
    checks.push(...(await checkLog(app.config, env)), ...(await checkStore(app, env)));
    checks.push(...(await checkTlsSetup(app.config, Date.now())));
  }
  return checks;
}

function onlyAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  throw error;
}

function inspectMachine(io: Io, resolved: readonly Resolution[] | AppError): Machine {
  const cpus = cpuCount(readTextIfThere, availableParallelism());
  return {
    node: process.versions.node,
    nghttp2: process.versions["nghttp2"] ?? null,
    cpus,
    workers: resolved instanceof AppError ? cpus.count : resolved.reduce((sum, { config }) => sum + config.workers, 0),
    memoryBytes: memoryLimit(readTextIfThere, totalmem()) ?? totalmem(),
    openFiles: openFileLimit(readTextIfThere),
    pid: process.pid,
    init: readTextIfThere("/proc/1/comm")?.trim() ?? null,
    nodeEnv: io.env["NODE_ENV"],
  };
}

const COLOURS = { ok: "green", warning: "yellow", problem: "red" } as const;

function asText(checks: readonly Check[], io: Io): string {
  const lines = alignRows(checks.map(({ state, name, message }) => [state.padEnd(7), name, message])).split("\n");
  return checks
    .map(({ state, fix }, index) => {
      const line = lines[index] ?? "";
      const coloured = styleText(COLOURS[state], state, { stream: io.stdout }) + line.slice(state.length);
      return `${coloured}\n${fix === undefined ? "" : `         ${fix}\n`}`;
    })
    .join("");
}
