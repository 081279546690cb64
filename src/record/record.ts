import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { Succession } from "../protocol/succession.ts";
import type { ProcessName } from "./process-name.ts";

export type Inheritance = Pick<Succession, "name" | "generation" | "workers" | "withdrawn" | "restarts">;

/** What a primary has running, for whoever comes after its death. Beside its control socket: see control/home.ts. */
export interface RunRecord {
  readonly primary: ProcessName;
  /** What a successor is to know, which one of its workers is to start, should it die as it is now; null: none is. */
  readonly succession: Inheritance | null;
  /** Its workers, and what runs beside them. */
  readonly processes: readonly ProcessName[];
  /** What former primaries have left behind, as far as it lives. */
  readonly orphans: readonly ProcessName[];
}

const VERSION = 1;

/** Null for what is no record, or one of another version. */
export function parseRecord(text: string): RunRecord | null {
  const parsed = parseJson(text);
  if (!isObject(parsed) || parsed["version"] !== VERSION) return null;
  const { primary, succession, processes, orphans } = parsed;
  if (!isProcessName(primary) || !(succession === null || isInheritance(succession))) return null;
  if (!areProcessNames(processes) || !areProcessNames(orphans)) return null;
  return { primary, succession, processes, orphans };
}

export function showRecord(record: RunRecord): string {
  return `${JSON.stringify({ version: VERSION, ...record })}\n`;
}

/** Null: there is none, or none that can be read. */
export function readRecord(path: string): RunRecord | null {
  try {
    return parseRecord(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

/**
 * Whoever reads it meanwhile finds the former one or this, whole. It is on the disk when this returns, as far as another process can tell.
 * @throws what the file system says
 */
export function writeRecord(path: string, record: RunRecord): void {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, showRecord(record), { mode: 0o600 });
  renameSync(beside, path);
}

export function removeRecord(path: string): void {
  rmSync(path, { force: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isInheritance(value: unknown): value is Inheritance {
  return isObject(value) && typeof value["name"] === "string" && Number.isSafeInteger(value["generation"]);
}

/** 0 would be our whole group, and a negative one another's. */
function isProcessName(value: unknown): value is ProcessName {
  if (!isObject(value)) return false;
  const { pid, start } = value;
  return Number.isSafeInteger(pid) && Number(pid) > 0 && typeof start === "string" && start !== "";
}

function areProcessNames(value: unknown): value is readonly ProcessName[] {
  return Array.isArray(value) && value.every(isProcessName);
}
