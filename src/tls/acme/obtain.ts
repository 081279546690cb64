import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyAndCert, ObtainJob } from "../../protocol/certifier.ts";
import { openAccount } from "./account.ts";
import { readDirectory } from "./directory.ts";
import { finalize, placeOrder, type Order } from "./order.ts";
import { prove, type Answer } from "./prove.ts";
import { notAcme } from "./read-reply.ts";
import { certificateId } from "./renewal-info.ts";
import type { Clock, Session } from "./session.ts";
import { createSigningRequest } from "./signing-request.ts";
import type { Send } from "./transport.ts";
import { canTryAgain, notProved, type Trial } from "./trials.ts";

/**
 * A certificate from an ACME authority (RFC 8555), with a key of its own.
 * @throws CertifierError
 */
export async function obtain(job: ObtainJob, send: Send, clock: Clock, answer: Answer): Promise<KeyAndCert> {
  const directory = await readDirectory(job.directory, send, clock.now);
  const session = await openAccount(job, directory, send, clock);
  const order = await provedOrder(session, job, answer);
  const { key, request } = await createSigningRequest(job.names);
  const cert = await finalize(session, order, job.names, request);
  checkPair(key, cert, order.url);
  return { key, cert };
}

/** A proof that has failed ends its order: another way to prove the name takes another order. */
async function provedOrder(session: Session, job: ObtainJob, answer: Answer): Promise<Order> {
  const { names, profile, challenges } = job;
  const isAsked = session.directory.renewalInfo !== null;
  const replaces = isAsked && job.replaces !== null ? certificateId(job.replaces) : null;
  const trials: Trial[] = [];
  for (;;) {
    const order = await placeOrder(session, { names, profile, replaces });
    const failed = await prove(session, order, challenges, trials, answer);
    if (failed.length === 0) return order;
    trials.push(...failed);
    if (!canTryAgain(trials, challenges)) throw notProved(trials);
  }
}

function checkPair(key: string, cert: string, url: string): void {
  try {
    if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return;
  } catch (error) {
    throw notAcme(url, `a certificate that cannot be read (${(error as Error).message})`);
  }
  throw notAcme(url, "a certificate for another key");
}
