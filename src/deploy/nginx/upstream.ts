import type { WrittenAddress } from "../../config/address.ts";
import { identify } from "./identity.ts";
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
  const { why, balancing, failures, retriesAlone } = SHAPES[shape];
  const isTwice = retriesAlone && servers.length === 1;
  const lines = servers.map((server) => `server ${serverAddress(server)} ${failures};`);
  return `${why}
upstream ${upstream} {
  zone ${upstream} 128k; # what nginx's own workers know of these servers they share
${balancing}  ${(isTwice ? [...lines, ...lines] : lines).join("\n  ")}
  # Idle connections are kept, and given up before the app would do it: no request meets the end of one.
  keepalive 64;
  keepalive_timeout ${nginxTime(idleTime(keepAlive))};
}
`;
}

const LEAST_CONN = "  least_conn;\n";

interface Rule {
  readonly why: string;
  readonly balancing: string;
  readonly failures: string;
  /** Whether an address that is the only one is worth a second try: behind it is another worker. */
  readonly retriesAlone: boolean;
}

const SHAPES: Readonly<Record<Shape, Rule>> = {
  one: {
    why: `# One address, whatever becomes of the workers behind it. It is listed twice, so that nginx may try once more what a worker took
# with it; max_fails=0, so that nginx never takes the only address there is for dead.`,
    balancing: "",
    failures: "max_fails=0",
    retriesAlone: true,
  },
  slots: {
    why: `# One address for each worker; while a worker is away, another serves its address. max_fails=0, so that nginx never takes a
# live address for dead because of a worker that died there.`,
    balancing: LEAST_CONN,
    failures: "max_fails=0",
    retriesAlone: true,
  },
  machines: {
    why: `# Several machines. One that fails three times is left alone for two seconds.
# Names are looked up when nginx starts or reloads; from nginx 1.27.3 on, \`resolve\` behind a server, with a \`resolver\`, follows them.`,
    balancing: LEAST_CONN,
    failures: "max_fails=3 fail_timeout=2s",
    retriesAlone: false,
  },
};

/** How much earlier than the app nginx lets go of an idle connection. Milliseconds. */
const EARLIER = 5000;
const LONGEST_IDLE = 60_000;

/** Where five seconds are too much of it, half of the time. */
function idleTime(keepAlive: number): number {
  if (keepAlive === 0) return LONGEST_IDLE;
  const idle = keepAlive > 2 * EARLIER ? keepAlive - EARLIER : Math.ceil(keepAlive / 2);
  return Math.min(LONGEST_IDLE, idle);
}

/** `60s`, `1500ms`. */
export function nginxTime(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}
