import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { AppError, isErrorCode } from "../errors.ts";
import {
  CONTROL_VERSION,
  type Command,
  type Failure,
  type Progress,
  type Reply,
  type Request,
  type Result,
  type Served,
  type Snapshot,
} from "../protocol/control.ts";
import { nameOf } from "./home.ts";

/** What a caller may want besides the answer. */
export interface Asking {
  readonly onProgress?: (progress: Progress) => void;
  /** What `follow` tells. */
  readonly onServed?: (served: Served) => void;
  /** Gives up, with CONTROL_FAILED. */
  readonly signal?: AbortSignal;
  /** Milliseconds until the answer must be there. Default: no limit, for a command takes as long as its app. */
  readonly limit?: number;
  /** Characters of one reply, above which it is none. Default: 16 Mi, many times the status of an app with all the workers there can be. */
  readonly longestLine?: number;
}

const LONGEST_LINE = 16 * 2 ** 20;

/** Milliseconds: a primary answers a question at once, unless it is stopped by a signal. */
export const STATUS_LIMIT = 5_000;

/**
 * Has the app at this socket carry out a command, and answers how it ended.
 * @throws AppError NOT_RUNNING when nobody listens there, the primary's own error when the command failed, CONTROL_FAILED when no answer came,
 * CONTROL_PROTOCOL when it was none that this version understands
 */
export async function ask(path: string, command: Command, asking: Asking = {}): Promise<Result> {
  const name = nameOf(path) ?? path;
  const { limit, longestLine = LONGEST_LINE } = asking;
  const late = limit === undefined ? undefined : AbortSignal.timeout(limit);
  const signals = [late, asking.signal].filter((signal) => signal !== undefined);
  const socket = connect({ path, ...(signals.length > 0 && { signal: AbortSignal.any(signals) }) });
  try {
    await once(socket, "connect");
  } catch (error) {
    throw unreachable(error, name);
  }
  const request: Request = { version: CONTROL_VERSION, ...command };
  socket.write(`${JSON.stringify(request)}\n`);
  const lost = (cause?: unknown): AppError => {
    const message = late?.aborted ? `no answer within ${limit} ms` : "the connection was lost before the answer";
    return new AppError("CONTROL_FAILED", `${command.verb} of "${name}": ${message}`, LOST, { cause });
  };
  for await (const line of linesOf(socket, longestLine, lost)) {
    const reply = parseReply(line);
    if (reply.type === "done") return reply.result;
    if (reply.type === "failed") throw errorOf(reply.error);
    tell(reply.progress, asking);
  }
  throw lost();
}

function tell(told: Progress | Served, { onProgress, onServed }: Asking): void {
  if ("slots" in told) onServed?.(told);
  else onProgress?.(told);
}

/** @param limit Milliseconds. @throws as `ask` */
export async function askStatus(path: string, limit: number): Promise<Snapshot> {
  const result = await ask(path, { verb: "status" }, { limit });
  if (result.verb === "status") return result.snapshot;
  throw new AppError("CONTROL_PROTOCOL", `expected the answer to status, got one to ${result.verb}`);
}

const LOST = "It may be ending, or stopped by a signal: its log says more.";

async function* linesOf(socket: Socket, longest: number, lost: (cause: unknown) => AppError): AsyncGenerator<string> {
  let rest = "";
  try {
    for await (const chunk of socket.setEncoding("utf8")) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
      if (rest.length > longest) break;
    }
  } catch (error) {
    throw lost(error);
  }
  if (rest.length <= longest) return;
  throw new AppError("CONTROL_PROTOCOL", `expected an answer of at most ${longest} characters, got a longer one`);
}

function parseReply(line: string): Reply {
  const reply = parse(line);
  if (reply?.version === CONTROL_VERSION && isWhole(reply)) return reply;
  const other = typeof reply?.version === "number" && reply.version !== CONTROL_VERSION;
  const got = other ? `version ${reply.version}` : `something else: ${line.slice(0, 80)}`;
  const message = `expected an answer in version ${CONTROL_VERSION} of the control protocol, got ${got}`;
  throw new AppError("CONTROL_PROTOCOL", message, "Use the drover that the app was started with.");
}

/** Whoever answers may be another user's, and no Drover. */
function isWhole(reply: Reply): boolean {
  const { type, progress, error } = reply as { type: unknown; progress?: unknown; error?: { message?: unknown } };
  if (type === "progress") return typeof progress === "object" && progress !== null;
  return type === "done" || (type === "failed" && typeof error?.message === "string");
}

function parse(line: string): Reply | null {
  try {
    return JSON.parse(line) as Reply | null;
  } catch {
    return null;
  }
}

function errorOf({ code, message, hint }: Failure): AppError {
  return new AppError(isErrorCode(code) ? code : "CONTROL_FAILED", message, hint);
}

function unreachable(error: unknown, name: string): AppError {
  const { code, message } = error as NodeJS.ErrnoException;
  const options = { cause: error };
  if (code === "ENOENT" || code === "ECONNREFUSED")
    return new AppError(
      "NOT_RUNNING",
      `expected an app called "${name}" to run, got none`,
      "`drover ls` lists what runs.",
      options,
    );
  return new AppError("CONTROL_FAILED", `"${name}" cannot be reached: ${message}`, undefined, options);
}
