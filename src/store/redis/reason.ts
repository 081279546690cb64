/** What servers answer while they cannot do their work: codes that stand first, or inside where a script has met them. */
const REFUSALS: readonly (readonly [code: RegExp, reason: string])[] = [
  [/\bLOADING\b/, "Redis is loading its data"],
  [/\bMASTERDOWN\b/, "Redis is a replica that has lost its master"],
  [/\bREADONLY\b/, "Redis is a replica, which takes no writes"],
  [/\bOOM\b/, "Redis is out of memory"],
  [/\bMISCONF\b/, "Redis takes no writes, since it cannot save to its disk"],
  [/\bNOREPLICAS\b/, "Redis takes no writes, since it has too few replicas"],
  [/\bNOAUTH\b/, "Redis wants a password"],
  [/\bWRONGPASS\b|invalid password|invalid username-password/, "Redis refuses the user or the password"],
  [/without any password configured/, "Redis wants no password, and was given one"],
  [/\bNOPERM\b/, "Redis does not permit its user to do this"],
  [/\bCLUSTERDOWN\b/, "the Redis cluster is down"],
  [/\bMOVED\b|\bASK\b|\bCROSSSLOT\b/, "Redis is one node of a cluster, and another one has the key"],
  [/\bTRYAGAIN\b/, "the Redis cluster is moving the key"],
  [/\bBUSY\b/, "Redis is busy with a script"],
  [/max number of clients/, "Redis has too many connections"],
];

const CONNECTION: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOENT: "there is no such socket",
  EACCES: "the socket may not be opened",
  ECONNRESET: "the connection was torn down",
  EPIPE: "the connection was torn down",
  ETIMEDOUT: "no connection in time",
  EHOSTUNREACH: "the host is unreachable",
  ENETUNREACH: "the network is unreachable",
  ENOTFOUND: "the host is unknown",
  EAI_AGAIN: "the host's name cannot be looked up",
};

/** Whether this is the server's own answer, not the end of the connection: `LOADING Redis is loading the dataset in memory`. */
export function isAnswer(error: Error): boolean {
  return !("code" in error) && /^[A-Z]{2,}( |$)/.test(error.message);
}

/** A command that can never do what was meant, on a server that is well. */
export function isMistake(error: Error): boolean {
  return /WRONGTYPE|not an integer or out of range|would overflow/.test(error.message);
}

/** In a few words, for the log and for status. */
export function reasonFor(error: Error & { readonly code?: unknown }): string {
  const known = CONNECTION[String(error.code)] ?? REFUSALS.find(([code]) => code.test(error.message))?.[1];
  return (
    known ?? (withoutArguments(error.message) || (typeof error.code === "string" ? error.code : error.constructor.name))
  );
}

/** Servers repeat what they were sent, a password too: `ERR unknown command 'AUTH', with args beginning with: 'ada' 'secret'`. */
function withoutArguments(message: string): string {
  return (message.split(/,? with args\b|: /, 1)[0] ?? "").slice(0, 200);
}
