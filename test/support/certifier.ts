import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttp, type Server } from "node:http";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createSecureContext, createServer as createTls, type SecureContext, type Server as TlsServer } from "node:tls";
import { fileURLToPath } from "node:url";
import type { FromCertifier, Job, ObtainJob } from "../../src/protocol/certifier.ts";
import type { Challenges } from "../../src/protocol/tls.ts";
import { temporaryFolder } from "./fixture.ts";
import { BOUND_MS, within } from "./wait.ts";

export type Outcome = Exclude<FromCertifier, { readonly type: "challenges" }>;
export type Failed = Extract<FromCertifier, { readonly type: "failed" }>;

export interface Run {
  readonly outcome: Outcome | undefined;
  readonly code: number | null;
  /** All that it wished to be answered, in order. */
  readonly challenges: readonly Challenges[];
}

/** Puts the answers in place. */
export type Respond = (challenges: Challenges) => void;

const CERTIFIER = fileURLToPath(new URL("../../src/tls/certifier.ts", import.meta.url));

/**
 * Lets the certifier do a job, in a process of its own as the primary does.
 * @param file Default: the source
 */
export async function runCertifier(job: Job, respond: Respond = () => undefined, file = CERTIFIER): Promise<Run> {
  const child = fork(file, { execArgv: [] });
  const challenges: Challenges[] = [];
  let outcome: Outcome | undefined;
  child.on("message", (message: FromCertifier) => {
    if (message.type !== "challenges") {
      outcome = message;
      return;
    }
    const { http01, alpn01, seq } = message;
    challenges.push({ http01, alpn01 });
    respond({ http01, alpn01 });
    // It does not wait for word of the last ones, and may have left.
    child.send({ type: "answering", seq }, () => undefined);
  });
  child.send(job);
  try {
    const [code] = await within(once(child, "exit"), "the certifier to end", BOUND_MS * 3);
    return { outcome, code, challenges };
  } finally {
    child.kill("SIGKILL");
  }
}

/** What `outcome` must be, when it fails. */
export async function failure(job: Job, respond?: Respond): Promise<Failed> {
  const { outcome, code } = await runCertifier(job, respond);
  if (outcome?.type !== "failed") throw new Error(`expected a failure, got ${JSON.stringify(outcome)}`);
  if (code !== 1) throw new Error(`expected exit code 1, got ${code}`);
  return outcome;
}

/** A job for one name, with files in a folder of the test's own. */
export function obtainJob(t: TestContext, job: Partial<ObtainJob> & Pick<ObtainJob, "directory">): ObtainJob {
  const folder = join(temporaryFolder(t), "acme");
  return {
    job: "obtain",
    trust: null,
    email: "ada@shop.example",
    names: ["shop.example"],
    challenges: ["http-01", "tls-alpn-01"],
    profile: null,
    externalAccount: null,
    accountFile: join(folder, "accounts.json"),
    certFile: join(folder, "shop.cert.pem"),
    keyFile: join(folder, "shop.key.pem"),
    replaces: null,
    ...job,
  };
}

/** A server that answers challenges on the ports an authority looks at. */
export interface Responder {
  readonly httpPort: number;
  readonly tlsPort: number;
  readonly respond: Respond;
}

export async function startResponder(t: TestContext): Promise<Responder> {
  let challenges: Challenges = { http01: {}, alpn01: {} };
  const http = createHttp(({ url = "" }, response) => {
    const answer = challenges.http01[url.replace("/.well-known/acme-challenge/", "")];
    response.writeHead(answer === undefined ? 404 : 200).end(answer ?? "there is another server here");
  });
  const contextOf = (name: string): SecureContext | undefined => {
    const pair = challenges.alpn01[name];
    return pair && createSecureContext({ ...pair });
  };
  const tls = createTls({
    ALPNProtocols: ["acme-tls/1"],
    SNICallback: (name, use) => use(null, contextOf(name)),
  });
  return {
    httpPort: await listen(t, http),
    tlsPort: await listen(t, tls),
    respond: (given) => {
      challenges = given;
    },
  };
}

async function listen(t: TestContext, server: Server | TlsServer): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a TCP address");
  return address.port;
}
