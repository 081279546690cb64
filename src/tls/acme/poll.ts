import { CertifierError } from "../certifier/certifier-error.ts";
import { readObject, readRetryAfter } from "./read-reply.ts";
import type { Session } from "./session.ts";
import type { Reply } from "./transport.ts";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 5_000;
/** What the authority asks for is honoured up to here. */
const LONGEST_WISH = 30_000;
/** Then it has forgotten us. */
const PATIENCE = 5 * 60_000;

/**
 * Reads until `isSettled`, as often as the authority likes it.
 * @param what `shop.example`
 * @throws CertifierError ACME_UNREACHABLE after five minutes
 */
export async function poll<T extends object>(
  session: Session,
  url: string,
  isSettled: (state: Partial<T>) => boolean,
  what: string,
): Promise<Partial<T>> {
  const { now, sleep } = session.clock;
  const end = now() + PATIENCE;
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    const reply: Reply = await session.post(url, null, `to say how ${what} stands`);
    const state = readObject<T>(reply);
    if (isSettled(state)) return state;
    if (now() >= end) throw undecided(url, what);
    await sleep(Math.min(readRetryAfter(reply, now()) ?? wait, LONGEST_WISH));
  }
}

function undecided(url: string, what: string): CertifierError {
  const message = `expected ${new URL(url).host} to decide on ${what} within ${PATIENCE / 60_000} minutes, got no decision`;
  return new CertifierError("ACME_UNREACHABLE", message, "That is the authority's own trouble. Drover asks again.");
}
