import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { AppError, type ErrorCode } from "../../errors.ts";
import { ownFile } from "../../own-files.ts";
import type { FromCertifier, Job, ToCertifier } from "../../protocol/certifier.ts";
import type { Challenges } from "../../protocol/tls.ts";
import type { Clock } from "../supervisor.ts";

type Answer = Extract<FromCertifier, { type: "done" | "renewal-window" }>;

/** Has a job done by a certifier. Rejects with AppError when it failed, with the authority's own wish for the next attempt, in milliseconds. */
export type Certify = (job: Job, answer: (challenges: Challenges | null) => Promise<unknown>) => Promise<Answer>;

export class CertifierFailure extends AppError {
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, message: string, hint: string | undefined, retryAfterMs: number | null) {
    super(code, message, hint);
    this.retryAfterMs = retryAfterMs;
  }
}

/** It bounds each of its own waits; this is for what nobody thought of. Milliseconds. */
const PATIENCE: Readonly<Record<Job["job"], number>> = {
  obtain: 15 * 60_000,
  "renewal-window": 5 * 60_000,
  "self-sign": 60_000,
};

const FILE = fileURLToPath(ownFile("tls/certifier"));

/** Each job is a process of its own, gone after it. @param until when it aborts, the process leaves */
export function certifier(env: NodeJS.ProcessEnv, clock: Clock, until: AbortSignal): Certify {
  return async (job, answer) => {
    const child = fork(FILE, [], { env, execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc"] });
    const cancel = clock.after(PATIENCE[job.job], () => child.kill("SIGKILL"));
    const leave = (): void => void child.kill();
    until.addEventListener("abort", leave);
    let end: FromCertifier | null = null;
    let isAsked = false;
    let said = "";
    const tell = (message: ToCertifier): void => void (child.connected && child.send(message, () => undefined));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-LAST_WORDS)));
    child.on("error", (error) => (said += error.message));
    child.on("message", (message: FromCertifier) => {
      if (message.type !== "challenges") return void (end = message);
      isAsked = true;
      const { seq, http01, alpn01 } = message;
      void answer({ http01, alpn01 }).then(() => tell({ type: "answering", seq }));
    });
    tell(job);
    try {
      // Without a process there is no exit, and `close` comes all the same.
      await once(child, "close");
    } finally {
      cancel();
      until.removeEventListener("abort", leave);
      if (isAsked) void answer(null);
    }
    return outcome(end, said, child.signalCode);
  };
}

/** Characters. */
const LAST_WORDS = 2_000;

function outcome(end: FromCertifier | null, said: string, signal: NodeJS.Signals | null): Answer {
  if (end?.type === "done" || end?.type === "renewal-window") return end;
  if (end?.type === "failed") throw new CertifierFailure(end.code, end.message, end.hint, end.retryAfterMs);
  const how = signal === null ? said.trim().split("\n").at(-1) : `killed by ${signal}`;
  throw new CertifierFailure("ACME_REFUSED", `the certifier ended without an answer: ${how}`, undefined, null);
}
