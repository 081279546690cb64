import type { WrittenAddress } from "../../config/address.ts";
import { identify } from "./identity.ts";
import { sameAddress } from "./same-address.ts";
import { serverAddress } from "./server-address.ts";

/**
 * `one`: all workers behind one address. `slots`: each worker has its own, on this machine. `machines`: one or more each, on several.
 */
export type Shape = "one" | "slots" | "machines";

export interface Upstream {
  /** What the app is called; any text. */
  readonly app: string;
  readonly shape: Shape;
  /** At least one. */
  readonly servers: readonly WrittenAddress[];
  /** How long the app leaves idle connections open: its `timeouts.keepAlive`, milliseconds; 0: for ever. */
  readonly keepAlive: number;
}

/**
 * The block `upstream { … }` alone, comments included; ends with a newline.
 * @throws AppError ADDRESS_INVALID for an address that nginx cannot read
 */
export function renderUpstream({ app, shape, servers, keepAlive }: Upstream): string {
  const { upstream } = identify(app);
  const { why, balancing, failures, isOneMachine } = SHAPES[shape];
  const lines = servers.map((server) => `server ${serverAddress(server)} ${failures};`);
  const again = isOneMachine ? servers.map(backup) : [];
  return `${[why, ...(isOneMachine ? [whyBackup(servers)] : [])].join("\n")}
upstream ${upstream} {
  zone ${upstream} 128k; # what nginx's own workers know of these servers they share
${balancing}  ${[...lines, ...again].join("\n  ")}
  # Idle connections are kept, and given up before a worker that leaves would do it (after its timeouts.idle): no request meets the end of one.
  keepalive 64;
  keepalive_timeout ${nginxTime(idleTime(keepAlive))};
}
`;
}

const NO_IPV6 = "on a machine without IPv6 take this line out";

const LEAST_CONN = "  least_conn;\n";

interface Rule {
  readonly why: string;
  readonly balancing: string;
  readonly failures: string;
  /** Whether an address is worth a second try: whatever becomes of a worker, behind its address is another one. */
  readonly isOneMachine: boolean;
}

const SHAPES: Readonly<Record<Shape, Rule>> = {
  one: {
    why: `# One address, whatever becomes of the workers behind it; max_fails=0, so that nginx never takes the only address there is for dead.`,
    balancing: "",
    failures: "max_fails=0",
    isOneMachine: true,
  },
  slots: {
    why: `# One address for each worker; while a worker is away, another serves its address. max_fails=0, so that nginx never takes a
# live address for dead because of a worker that died there.`,
    balancing: LEAST_CONN,
    failures: "max_fails=0",
    isOneMachine: true,
  },
  machines: {
    why: `# Several machines. One that fails three times is left alone for two seconds.
# Names are looked up when nginx starts or reloads; from nginx 1.27.3 on, \`resolve\` behind a server, with a \`resolver\`, follows them.`,
    balancing: LEAST_CONN,
    failures: "max_fails=3 fail_timeout=2s",
    isOneMachine: false,
  },
};

function whyBackup(servers: readonly WrittenAddress[]): string {
  const same = servers.length === 1 ? "the same address" : "the same addresses";
  if (!servers.every(hasOtherWords))
    return `# The backup is ${same} again, for which there are no other words: what a worker took with it when it died is tried once more,
# but that may be on an idle connection to the dead.`;
  return `# The backup is ${same} in other words, for which nginx keeps connections of their own: what a worker took with it when it died is tried
# once more, and idle connections to the dead are not what it is tried on.`;
}

function hasOtherWords(server: WrittenAddress): boolean {
  return serverAddress(server) !== serverAddress(sameAddress(server));
}

/** A server that is only tried after the others. Without IPv6, nginx answers 500 when it comes to one of that kind. */
function backup(server: WrittenAddress): string {
  const again = serverAddress(sameAddress(server));
  const note = hasOtherWords(server) && again.startsWith("[") ? ` # ${NO_IPV6}` : "";
  return `server ${again} max_fails=0 backup;${note}`;
}

/** Half of a leaving worker's grace for idle connections, as it is by default. Milliseconds. */
const LONGEST_IDLE = 1000;

/** Where the app itself closes them early, half of that time. */
function idleTime(keepAlive: number): number {
  return keepAlive === 0 ? LONGEST_IDLE : Math.min(LONGEST_IDLE, Math.ceil(keepAlive / 2));
}

/** `60s`, `1500ms`. */
export function nginxTime(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}
