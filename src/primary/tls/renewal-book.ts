import { readFileSync } from "node:fs";
import { isErrorCode, type ErrorCode } from "../../errors.ts";
import type { Wait } from "../../policy/renewal.ts";
import { writeFile } from "../../tls/certifier/write-file.ts";

/** What became of the attempts to have a certificate issued for a domain. */
export interface Tries {
  /** The fingerprint of the one that was in use meanwhile; null: a placeholder was. */
  readonly certificate: string | null;
  /** In a row, with that one in use. */
  readonly failures: number;
  /** Why the last one failed. */
  readonly problem: Problem | null;
  /** Nothing is tried before its end. */
  readonly wait: Wait;
}

interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
}

type Kept = Readonly<Record<string, unknown>>;

/** Keeps them in a file, for the next primary: to start anew is no way round what an authority asks for. Each authority has its own. */
export class RenewalBook {
  readonly directory: string;
  readonly #file: string;

  constructor(file: string, directory: string) {
    this.#file = file;
    this.directory = directory;
  }

  /** Null: nothing is known. */
  read(domain: string): Tries | null {
    const found = this.#all()[this.#key(domain)];
    return isTries(found) ? found : null;
  }

  async keep(domain: string, tries: Tries): Promise<void> {
    const all = { ...this.#all(), [this.#key(domain)]: tries };
    // Where it cannot be written it holds for as long as this process does.
    await writeFile(this.#file, `${JSON.stringify(all, null, 2)}\n`).catch(() => undefined);
  }

  #key(domain: string): string {
    return `${domain} ${this.directory}`;
  }

  #all(): Kept {
    try {
      const all: unknown = JSON.parse(readFileSync(this.#file, "utf8"));
      return isObject(all) ? all : {};
    } catch {
      return {};
    }
  }
}

function isTries(value: unknown): value is Tries {
  if (!isObject(value)) return false;
  const { certificate, failures, problem, wait } = value;
  const isProblem = problem === null || (isObject(problem) && isErrorCode(String(problem["code"])));
  const isWait = isObject(wait) && isAmount(wait["since"]) && isAmount(wait["ms"]);
  return (certificate === null || typeof certificate === "string") && isAmount(failures) && isProblem && isWait;
}

function isObject(value: unknown): value is Kept {
  return typeof value === "object" && value !== null;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
