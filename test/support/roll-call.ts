import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { bodyOf, request, type Target } from "./client.ts";
import { within } from "./wait.ts";

/** What a fixture says of itself. */
export interface Who {
  readonly pid: number;
  readonly slot: number;
  readonly isPrimary?: boolean;
  readonly [key: string]: unknown;
}

/** Asks once, on a connection of its own. */
export type Ask = () => Promise<Who>;

/** As the target wants it. */
export function overHttp(target: Target, path = "/"): Ask {
  return async () => bodyOf(await request(target, { path })) as Who;
}

/** HTTP/2, by prior knowledge when there is no TLS. */
export function overHttp2({ port = 0, ca }: Target): Ask {
  return async () => {
    const session = connectHttp2(`${ca ? "https" : "http"}://localhost:${port}`, {
      ...(ca && { ca }),
      // The certificate is for localhost; the servers under test need not listen on IPv6.
      lookup: (_host, _options, answer) => answer(null, [{ address: "127.0.0.1", family: 4 }]),
    });
    try {
      const stream = session.request({ ":path": "/" }).setEncoding("utf8");
      let body = "";
      stream.on("data", (text: string) => (body += text));
      await within(once(stream, "end"), "an HTTP/2 answer");
      return JSON.parse(body);
    } finally {
      session.destroy();
    }
  };
}

/** The line protocol of the net fixture. */
export function overLines({ port = 0 }: Target): Ask {
  return async () => {
    const socket = connect(port, "127.0.0.1").setEncoding("utf8");
    try {
      socket.write("hello\n");
      const [line] = await within(once(socket, "data"), "an answered line");
      const [slot, pid, said] = String(line).trim().split(" ");
      return { slot: Number(slot), pid: Number(pid), said };
    } finally {
      socket.destroy();
    }
  };
}

/** A page of text that holds `process PID`, as tutorials answer, perhaps with `worker ID`. */
export function overText(target: Target): Ask {
  return async () => {
    const { outcome, response, error } = await request(target);
    const text = response?.body.toString() ?? "";
    const pid = /process (\d+)/.exec(text)?.[1];
    if (!pid) throw new Error(`expected "process PID", got ${outcome} ${error ?? text}`);
    return { pid: Number(pid), slot: Number(/worker (\d+)/.exec(text)?.[1] ?? 0) };
  };
}

const AT_ONCE = 4;
const MOST_ROUNDS = 150;

/**
 * Asks until `count` processes have answered, and a little longer, so that one too many shows as well.
 * Answers the last word of each, by slot and pid.
 */
export async function rollCall(ask: Ask, count: number): Promise<Who[]> {
  const heard = new Map<number, Who>();
  const round = async (): Promise<void> => {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, ask));
    for (const who of answers) heard.set(who.pid, who);
  };
  for (let rounds = 0; heard.size < count && rounds < MOST_ROUNDS; rounds += 1) await round();
  for (let rounds = 0; rounds < 3; rounds += 1) await round();
  return [...heard.values()].toSorted((a, b) => a.slot - b.slot || a.pid - b.pid);
}
