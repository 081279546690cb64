/**
 * A process of its own, started by the primary for one job (protocol/certifier.ts): what it takes to speak ACME and to make certificates is loaded here, and gone
 * when the job is done. It leaves when its message channel closes.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { FromCertifier, Job, ToCertifier } from "../protocol/certifier.ts";
import type { Challenges } from "../protocol/tls.ts";
import { VERSION } from "../version.ts";
import { obtain } from "./acme/obtain.ts";
import { askRenewalWindow } from "./acme/renewal-info.ts";
import { openTransport, type Send } from "./acme/transport.ts";
import { CertifierError } from "./certifier/certifier-error.ts";
import { Responders } from "./certifier/responders.ts";
import { createSelfSigned } from "./certifier/self-signed.ts";
import { writePair } from "./certifier/write-file.ts";

const alone = new AbortController();
const { signal } = alone;
process.once("disconnect", () => alone.abort());

function say(message: FromCertifier): Promise<void> {
  return new Promise((resolve) => {
    // The primary may be gone by now.
    if (process.send && process.connected) process.send(message, () => resolve());
    else resolve();
  });
}

const responders = new Responders(say, signal);
const clock = {
  now: Date.now,
  sleep: (ms: number): Promise<void> => delay(ms, undefined, { signal }),
};

function reach(trust: string | null): Send {
  return openTransport({ trust, userAgent: `drover/${VERSION}`, signal });
}

async function perform(job: Job): Promise<FromCertifier> {
  switch (job.job) {
    case "obtain": {
      const answer = (challenges: Challenges): Promise<void> => responders.answer(challenges);
      const pair = await obtain(job, reach(job.trust), clock, answer);
      await writePair(pair, job.keyFile, job.certFile);
      return { type: "done" };
    }
    case "renewal-window":
      return askRenewalWindow(job, reach(job.trust), clock.now);
    case "self-sign": {
      const pair = await createSelfSigned({ names: job.names, days: job.days, now: clock.now() });
      await writePair(pair, job.keyFile, job.certFile);
      return { type: "done" };
    }
  }
}

async function run(job: Job): Promise<void> {
  try {
    await say(await perform(job));
  } catch (error) {
    process.exitCode = 1;
    if (error instanceof CertifierError) {
      const { code, message, hint, retryAfterMs } = error;
      await say({ type: "failed", code, message, hint, retryAfterMs });
    } else if (!signal.aborted) throw error;
  } finally {
    if (process.connected) process.disconnect();
  }
}

process.once("message", (job: Job) => {
  process.on("message", (message: ToCertifier) => {
    if ("type" in message) responders.heard(message.seq);
  });
  void run(job);
});
// Lost while we were loading: the event has passed.
if (!process.connected) alone.abort();
