import { randomBytes } from "node:crypto";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILE = join(import.meta.dirname, ".session-secret");

/**
 * Signs the session cookies. It must be the same in all workers and after each start, and nobody else may know it: it belongs into SESSION_SECRET, never into the code.
 * So that the example runs without, it makes one up at its first start and keeps it in a file that git ignores.
 */
export function sessionSecret(): string {
  const given = process.env.SESSION_SECRET;
  if (given) return given;
  if (!existsSync(FILE)) makeUp();
  return readFileSync(FILE, "utf8");
}

/** Workers start at the same time: the first link is the secret of all of them. */
function makeUp(): void {
  const draft = `${FILE}.${process.pid}`;
  writeFileSync(draft, randomBytes(32).toString("base64url"), { mode: 0o600 });
  try {
    linkSync(draft, FILE);
    console.warn(`SESSION_SECRET is not set: made one up, in ${FILE}. On a server set it: openssl rand -base64 32`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft);
  }
}
