import type { ChallengeType } from "../../protocol/certifier.ts";
import type { Challenges } from "../../protocol/tls.ts";
import { answersTo, NOTHING, type Authorization, type Task } from "./challenges.ts";
import type { Order } from "./order.ts";
import { poll } from "./poll.ts";
import { notAcme, readObject } from "./read-reply.ts";
import type { Session } from "./session.ts";
import { chooseChallenge, type Trial } from "./trials.ts";

/** Resolves when every worker answers exactly these. */
export type Answer = (challenges: Challenges) => Promise<void>;

/**
 * Proves the names of an order that are not proved yet.
 *
 * @param trials What has failed in earlier orders and is not tried again
 * @returns What has failed now
 * @throws CertifierError
 */
export async function prove(
  session: Session,
  order: Order,
  preferred: readonly ChallengeType[],
  trials: readonly Trial[],
  answer: Answer,
): Promise<readonly Trial[]> {
  const tasks: Task[] = [];
  for (const url of order.authorizations) {
    const authorization = await readAuthorization(session, url);
    if (authorization.status === "valid") continue;
    const challenge = chooseChallenge(authorization, preferred, trials);
    tasks.push({ name: authorization.identifier.value, type: challenge.type, url, challenge });
  }
  if (tasks.length === 0) return [];
  try {
    await answer(await answersTo(tasks, session.key.thumbprint, session.clock.now()));
    for (const { name, challenge } of tasks) await session.post(challenge.url, {}, `to look at ${name}`);
    const failed: Trial[] = [];
    for (const task of tasks) failed.push(...(await verdict(session, task)));
    return failed;
  } finally {
    await answer(NOTHING);
  }
}

async function readAuthorization(session: Session, url: string): Promise<Authorization> {
  const reply = await session.post(url, null, "to say what is to be proved");
  const { status, identifier, challenges, wildcard = false } = readObject<Authorization>(reply);
  if (!status || !identifier || !challenges) throw notAcme(url, "an authorization without its name and challenges");
  return { status, identifier, challenges, wildcard };
}

async function verdict(session: Session, { name, type, url }: Task): Promise<readonly Trial[]> {
  const { status, challenges } = await poll<Authorization>(session, url, (state) => state.status !== "pending", name);
  if (status === "valid") return [];
  const problem = challenges?.find((challenge) => challenge.type === type)?.error;
  return [{ name, type, problem: problem ?? { detail: `the authorization is ${status}` } }];
}
