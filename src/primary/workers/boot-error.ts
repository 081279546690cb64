import type { Config } from "../../config/config.ts";
import { AppError } from "../../errors.ts";
import type { Address } from "../../protocol/address.ts";
import type { ErrorReport } from "../../protocol/ipc.ts";
import { bindError } from "../sockets/bind.ts";

/** The last address that could not be bound for a worker. */
export interface Refusal {
  readonly address: Address;
  readonly errno: number;
}

/** Of errors that are Drover's own. */
const OWN_WORDS = ["APP_NOT_SERVABLE", "CLUSTER_IN_WORKER", "TLS_NOT_SERVED"] as const;

const REFUSALS = new Set(["EADDRINUSE", "EACCES", "EADDRNOTAVAIL", "ENAMETOOLONG"]);

/** Why the app could not boot: its own error, in its own words, with where it was thrown. */
export function bootError(report: ErrorReport | null, refusal: Refusal | null, config: Config): AppError {
  if (!report) return new AppError("APP_BOOT_FAILED", "the app ended before it was ready");
  if (refusal && report.code && REFUSALS.has(report.code)) return refused(refusal);
  const own = OWN_WORDS.find((code) => code === report.code);
  if (own) return new AppError(own, report.stack.replace(/^AppError: /, "") || report.message, report.hint);
  if (report.code === "APP_BOOT_TIMEOUT")
    return new AppError("APP_BOOT_TIMEOUT", `${config.entry}: ${report.message}`, report.hint ?? TIMEOUT_HINT);
  const message = `the app could not boot: ${config.entry}\n${report.stack || report.message}`;
  return new AppError("APP_BOOT_FAILED", message, hintFor(report));
}

function refused({ address, errno }: Refusal): AppError {
  const { message, hint } = bindError(address, errno);
  return new AppError("APP_BOOT_FAILED", message, hint);
}

export const NOT_READY_HINT =
  "Give a slow start more time with --boot-timeout, or start it without --wait-ready and --probe.";

const TIMEOUT_HINT =
  "Does it call listen()? Give a slow start more time with --boot-timeout; for an app that serves nothing use --no-listen.";

const HINTS: Readonly<Record<string, string>> = {
  ERR_MODULE_NOT_FOUND: "Is it installed, and is the path right?",
  ERR_INVALID_PACKAGE_CONFIG: "Mend that package.json.",
  MODULE_NOT_FOUND: "Is it installed, and is the path right?",
  ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX:
    "Node strips types only; for enums, namespaces and parameter properties install tsx in the app (npm install tsx): Drover then uses it.",
};

function hintFor({ code, message, hint }: ErrorReport): string | undefined {
  if (hint !== undefined) return hint;
  if (NOT_A_MODULE.test(message)) return MODULE_HINT;
  return code === undefined ? undefined : HINTS[code];
}

const NOT_A_MODULE = /Cannot use import statement outside a module|Unexpected token 'export'/;
const MODULE_HINT = 'Node takes it for CommonJS: set "type": "module" in package.json, or name it .mjs or .mts.';
