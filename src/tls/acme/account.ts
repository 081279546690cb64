import { readFile } from "node:fs/promises";
import type { JWK } from "jose";
import type { ObtainJob } from "../../protocol/certifier.ts";
import { CertifierError } from "../certifier/certifier-error.ts";
import { writeFile } from "../certifier/write-file.ts";
import { AccountKey } from "./account-key.ts";
import type { Directory } from "./directory.ts";
import { notAcme, parseObject } from "./read-reply.ts";
import { Session, type Clock } from "./session.ts";
import type { Send } from "./transport.ts";

/** What the account file holds: a key for each directory, so that trying the staging one out costs no account of the real one. */
type Accounts = Readonly<Record<string, KeptAccount>>;

interface KeptAccount {
  readonly key: JWK;
  readonly email: string | null;
}

/**
 * Registers the account of this machine or finds it again: an authority knows an account by its key.
 * @throws CertifierError
 */
export async function openAccount(job: ObtainJob, directory: Directory, send: Send, clock: Clock): Promise<Session> {
  const accounts = await readAccounts(job.accountFile);
  const known = accounts[job.directory];
  const { key, kept } = known ? await restore(known, job.accountFile) : await AccountKey.create();
  const keep = (email: string | null): Promise<void> =>
    writeFile(job.accountFile, show({ ...accounts, [job.directory]: { key: kept, email } }));

  // Before it is registered: without its key nobody can use an account.
  if (!known) await keep(null);
  const session = new Session(directory, key, send, clock);
  const { url, isNew } = await register(session, job);
  session.become(url);
  if (job.email === (known?.email ?? null)) return session;
  if (!isNew) await session.post(url, { contact: contactOf(job) }, "to change the account's e-mail address");
  await keep(job.email);
  return session;
}

async function restore({ key: kept }: KeptAccount, path: string) {
  try {
    return { key: await AccountKey.from(kept), kept };
  } catch (error) {
    throw unreadable(path, `a key that cannot be used (${(error as Error).message})`);
  }
}

async function register(session: Session, job: ObtainJob): Promise<{ readonly url: string; readonly isNew: boolean }> {
  const { newAccount } = session.directory;
  const external = job.externalAccount;
  const binding = external && { externalAccountBinding: await session.key.bind(external, newAccount) };
  const wish = { termsOfServiceAgreed: true, contact: contactOf(job), ...binding };
  try {
    const reply = await session.post(newAccount, wish, "to register an account");
    const url = reply.headers.location;
    if (url === undefined) throw notAcme(newAccount, "an account without a URL");
    return { url, isNew: reply.status === 201 };
  } catch (error) {
    throw ofAccount(error);
  }
}

function contactOf({ email }: ObtainJob): readonly string[] {
  return email === null ? [] : [`mailto:${email}`];
}

/** Whatever it says (`unauthorized`, `malformed`), what it refused was the account. */
function ofAccount(error: unknown): unknown {
  if (!(error instanceof CertifierError) || error.code !== "ACME_REFUSED") return error;
  const hint =
    "Check tls.acme.keyId and tls.acme.macKey, where the authority wants them. To register anew, move the account file away.";
  return new CertifierError("ACME_ACCOUNT_REFUSED", error.message, hint, error.retryAfterMs);
}

async function readAccounts(path: string): Promise<Accounts> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw unreadable(path, error.message);
  });
  const accounts = parseObject(text);
  if (!accounts) throw unreadable(path, "a text that is no JSON object");
  return accounts as Accounts;
}

function unreadable(path: string, got: string): CertifierError {
  const hint = "Mend it, or move it away: Drover then registers a new account.";
  return new CertifierError("ACME_ACCOUNT_REFUSED", `expected ACME accounts in ${path}, got ${got}`, hint);
}

function show(accounts: Accounts): string {
  return `${JSON.stringify(accounts, null, 2)}\n`;
}
