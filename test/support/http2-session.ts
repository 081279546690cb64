import { once } from "node:events";
import {
  connect,
  type ClientHttp2Session,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from "node:http2";
import type { TestContext } from "node:test";
import { within } from "./wait.ts";

/** The answer to one request. */
export interface StreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What the stream was reset with; 0: not at all. */
  readonly reset: number;
}

/** A session that stands, and is gone at the end of the test. Errors are what becomes of its streams. */
export async function openSession(
  t: TestContext,
  url: string,
  options: SecureClientSessionOptions = {},
): Promise<ClientHttp2Session> {
  const session = connect(url, options).on("error", () => undefined);
  t.after(() => session.destroy());
  await within(once(session, "connect"), "the session");
  return session;
}

/** One request to its end, whatever that is. */
export async function ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders = {},
  body?: string | Buffer,
): Promise<StreamAnswer> {
  const stream = session.request({ ":path": "/", ":method": body === undefined ? "GET" : "POST", ...headers });
  if (body !== undefined) stream.end(body);
  let got: Record<string, unknown> = {};
  const parts: Buffer[] = [];
  stream.on("response", (fields) => (got = { ...fields })).on("data", (part: Buffer) => parts.push(part));
  stream.on("error", () => undefined);
  await within(new Promise((resolve) => void stream.once("close", resolve)), "the end of the stream");
  const fields = Object.entries(got).map(([name, value]) => [name, String(value)] as const);
  return {
    status: Number(got[":status"] ?? 0),
    headers: Object.fromEntries(fields),
    body: Buffer.concat(parts).toString(),
    reset: stream.rstCode ?? 0,
  };
}
