import { CertifierError } from "../certifier/certifier-error.ts";
import { poll } from "./poll.ts";
import { unfulfilled, type Problem } from "./problem.ts";
import { notAcme, readObject } from "./read-reply.ts";
import type { Session } from "./session.ts";

export interface Wishes {
  readonly names: readonly string[];
  readonly profile: string | null;
  /** The ARI identifier of the certificate that it renews. */
  readonly replaces: string | null;
}

export interface Order {
  readonly url: string;
  /** URLs: what must be proved of which name. */
  readonly authorizations: readonly string[];
  readonly finalize: string;
}

interface RawOrder {
  readonly status: string;
  readonly authorizations: readonly string[];
  readonly finalize: string;
  readonly certificate: string;
  readonly error: Problem;
}

/** @throws CertifierError */
export async function placeOrder(session: Session, wishes: Wishes): Promise<Order> {
  checkProfile(session, wishes.profile);
  const reply = await postOrder(session, wishes);
  const { authorizations, finalize } = readObject<RawOrder>(reply);
  const url = reply.headers.location;
  if (!url || !authorizations || !finalize) {
    throw notAcme(session.directory.newOrder, "an order without its URL, authorizations and finalize");
  }
  return { url, authorizations, finalize };
}

async function postOrder(session: Session, { names, profile, replaces }: Wishes) {
  const order = {
    identifiers: names.map((value) => ({ type: "dns", value })),
    ...(profile === null ? {} : { profile }),
  };
  const post = (body: object) => session.post(session.directory.newOrder, body, wishFor(names));
  if (replaces === null) return post(order);
  try {
    return await post({ ...order, replaces });
  } catch (error) {
    // It has been replaced already, or belongs to another account: what it renews is a remark, and no reason to go without.
    if (error instanceof CertifierError && error.code === "ACME_REFUSED") return post(order);
    throw error;
  }
}

function checkProfile({ directory }: Session, profile: string | null): void {
  if (profile === null || directory.profiles.includes(profile)) return;
  const { host } = new URL(directory.newOrder);
  const offered = directory.profiles.join(", ") || "none";
  const message = `expected ${host} to offer the profile ${profile}, got these: ${offered}`;
  throw new CertifierError("ACME_REFUSED", message, "Choose one of them as tls.acme.profile, or leave it out.");
}

/**
 * Asks for the certificate of an order whose names are proved.
 * @param request Base64url, DER
 * @returns PEM: the leaf, then its intermediates
 * @throws CertifierError
 */
export async function finalize(session: Session, order: Order, names: readonly string[], request: string) {
  const wish = wishFor(names);
  const read = (isSettled: (status: string) => boolean) =>
    poll<RawOrder>(session, order.url, ({ status = "" }) => isSettled(status), `the order for ${names.join(", ")}`);
  const proved = await read((status) => status !== "pending");
  if (proved.status === "ready") await session.post(order.finalize, { csr: request }, wish);
  const made = await read((status) => status === "valid" || status === "invalid");
  if (made.status !== "valid" || !made.certificate) {
    throw unfulfilled(order.url, wish, made.status ?? "", made.error ?? {});
  }
  return (await session.post(made.certificate, null, "to hand out the certificate")).body;
}

function wishFor(names: readonly string[]): string {
  return `to give a certificate for ${names.join(", ")}`;
}
