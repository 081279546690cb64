import { availableParallelism, totalmem } from "node:os";
import { styleText } from "node:util";
import { cpuCount } from "../config/cpu-count.ts";
import { readTextIfThere } from "../config/read-text.ts";
import { resolveConfig, type Resolution } from "../config/resolve.ts";
import { platformOf, signsOf } from "../config/time-budget.ts";
import { AppError, EXIT, type ExitCode } from "../errors.ts";
import { checkAddresses } from "./doctor-addresses.ts";
import { checkConfig, checkMachine, checkVariables, type Check, type Machine } from "./doctor-checks.ts";
import { checkEntrySyntax } from "./doctor-entry.ts";
import { checkHome } from "./doctor-home.ts";
import { checkStop } from "./doctor-stop.ts";
import { writeJson, type Io } from "./io.ts";
import { alignRows } from "./table.ts";
import type { Request } from "./verbs.ts";

/** Fails only when something would keep the app from starting. */
export async function doctor(request: Request, io: Io): Promise<ExitCode> {
  const resolved = await resolveConfig(request.sources).catch(onlyAppError);
  const addresses = resolved instanceof AppError ? [] : await checkAddresses(resolved.config);
  const syntax = resolved instanceof AppError ? [] : checkEntrySyntax(resolved.config);
  const stop = resolved instanceof AppError ? [] : [checkStop(resolved.config, platformOf(signsOf(io.env)))];
  const machine = checkMachine(inspectMachine(io, resolved));
  const control = await checkHome(io.env, resolved instanceof AppError ? "app" : resolved.config.name);
  const app = [...checkConfig(resolved), ...syntax, ...addresses, ...stop];
  const checks = [...machine, ...checkVariables(io.env), ...app, control];
  const ok = checks.every(({ state }) => state !== "problem");
  if (request.json) writeJson(io, { ok, checks });
  else io.stdout.write(asText(checks, io));
  return ok ? EXIT.ok : EXIT.failure;
}

function onlyAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  throw error;
}

function inspectMachine(io: Io, resolved: Resolution | AppError): Machine {
  const cpus = cpuCount(readTextIfThere, availableParallelism());
  // Without a limit it answers 0 or a number beyond any machine.
  const limit = process.constrainedMemory();
  const openFiles = /^Max open files +(\d+)/m.exec(readTextIfThere("/proc/self/limits") ?? "")?.[1];
  return {
    node: process.versions.node,
    cpus,
    workers: resolved instanceof AppError ? cpus.count : resolved.config.workers,
    memoryBytes: limit > 0 ? Math.min(limit, totalmem()) : totalmem(),
    openFiles: openFiles === undefined ? null : Number(openFiles),
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
