import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { createServer, request } from "node:https";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { createChain } from "./certificates.ts";
import type { Pebble } from "./pebble.ts";

/** What an authority is asked. */
export interface Question {
  readonly method: string;
  readonly path: string;
  readonly userAgent: string;
  /** What was signed; null: nothing. */
  readonly payload: Readonly<Record<string, unknown>> | null;
}

export interface Reply {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: IncomingHttpHeaders;
  readonly body: object | string;
}

export interface FrontOptions {
  /** Answers what this one does not. Default: nobody, status 404. */
  readonly behind?: Pebble;
  /** Fields that its directory has beside the usual ones; `URL` is replaced by its own address. */
  readonly directory?: object;
  /** `undefined`: whoever is behind answers. */
  readonly answer?: (question: Question) => Reply | undefined;
}

/** An ACME authority as the test wishes it, for what Pebble lacks: it stands in front of Pebble, or alone. */
export interface Front {
  readonly directory: string;
  /** PEM. */
  readonly trust: string;
  /** All that it was asked, in order. */
  readonly questions: readonly Question[];
}

export async function startFront(t: TestContext, options: FrontOptions): Promise<Front> {
  const { root, cert, key } = await createChain({ names: ["127.0.0.1"] });
  const questions: Question[] = [];
  const server = createServer({ cert, key }, (incoming, response) => {
    const reply = async (): Promise<Required<Reply>> => {
      const body = await text(incoming);
      const question = readQuestion(incoming, body);
      questions.push(question);
      const given = options.answer?.(question) ?? (await behind(options, incoming, body));
      return { status: 200, headers: {}, ...withFields(given, question, options, `https://${incoming.headers.host}`) };
    };
    reply().then(
      ({ status, headers, body }) => {
        response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
      },
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as { port: number };
  return { directory: `https://127.0.0.1:${port}/dir`, trust: root, questions };
}

function readQuestion({ method = "", url = "", headers }: IncomingMessage, body: string): Question {
  const { payload = "" } = body === "" ? {} : JSON.parse(body);
  const signed = payload === "" ? null : JSON.parse(Buffer.from(payload, "base64url").toString());
  return { method, path: url, userAgent: headers["user-agent"] ?? "", payload: signed };
}

/** Pebble gives its URLs as its visitor calls it, so that all of them lead through here. */
async function behind({ behind: pebble }: FrontOptions, incoming: IncomingMessage, body: string): Promise<Reply> {
  if (!pebble) return { status: 404, body: {} };
  const { method, headers, url = "" } = incoming;
  const target = new URL(url, pebble.directory);
  const outgoing = request(target, { method, headers, ca: pebble.trust, agent: false, servername: "" }).end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const { "content-length": _, ...rest } = answer.headers;
  return { status: answer.statusCode ?? 0, headers: rest, body: await text(answer) };
}

function withFields(reply: Reply, { path }: Question, { directory }: FrontOptions, own: string): Reply {
  if (path !== "/dir" || directory === undefined) return reply;
  const body = typeof reply.body === "string" ? JSON.parse(reply.body) : reply.body;
  return { ...reply, body: JSON.stringify({ ...body, ...directory }).replaceAll("URL", own) };
}
