import { createHash } from "node:crypto";

/** A session as express-session hands it to a store: 450 bytes of JSON, its cookie included. */
export interface Session {
  cookie: object;
  /** What a request changes. */
  mark: string;
  readonly [name: string]: unknown;
}

const BYTES = 450;
const DAY = 86_400_000;

/** The same in all processes, as long as express-session makes them. */
export function idOf(index: number): string {
  return createHash("sha256").update(String(index)).digest("base64url").slice(0, 32);
}

export function markOf(request: number): string {
  return request.toString(36).padStart(8, "0");
}

export function newSession(index: number): Session {
  const session = {
    cookie: { originalMaxAge: DAY, expires: new Date(Date.now() + DAY).toISOString(), httpOnly: true, path: "/" },
    user: { id: 100_000 + index, name: "Ada Lovelace", email: "ada@example.org", roles: ["editor", "author"] },
    csrf: createHash("sha256").update(`csrf ${index}`).digest("base64url"),
    cart: [
      { article: 4711, count: 2 },
      { article: 8150, count: 1 },
    ],
    mark: markOf(0),
    rest: "",
  };
  return { ...session, rest: "x".repeat(BYTES - JSON.stringify(session).length) };
}
