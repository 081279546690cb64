import { connect, type Socket } from "node:net";
import type { Loaded, LoadPlan } from "./plan.ts";

/** Length in bytes of the answer that begins the text, or `null` while its head is incomplete. */
function lengthOf(text: string): number | null {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return null;
  const length = /\r\nContent-Length: (\d+)/i.exec(text.slice(0, end));
  return end + 4 + Number(length?.[1] ?? 0);
}

function load({ mode, requests, connections }: LoadPlan, port: number): Promise<Loaded> {
  const { promise, resolve } = Promise.withResolvers<Loaded>();
  const head = mode === "keep-alive" ? "" : "Connection: close\r\n";
  const request = Buffer.from(`GET / HTTP/1.1\r\nHost: bench\r\n${head}\r\n`);
  const began = performance.now();
  const latencies: number[] = [];
  let open = 0;
  let sent = 0;

  const finished = (): void => {
    const seconds = (performance.now() - began) / 1000;
    const sorted = Float64Array.from(latencies).toSorted();
    const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
    const answered = sorted.length;
    resolve({ answered, errors: sent - answered, seconds, p50: at(0.5), p99: at(0.99), max: at(1) });
  };

  const begin = (): void => {
    open += 1;
    const socket = connect(port, "127.0.0.1");
    let pending = "";
    let since = performance.now();
    const next = (on: Socket): void => {
      sent += 1;
      since = performance.now();
      on.write(request);
    };
    socket.setNoDelay(true);
    socket.setEncoding("latin1");
    next(socket);
    socket.on("data", (text: string) => {
      pending += text;
      const length = lengthOf(pending);
      if (length === null || pending.length < length) return;
      if (pending.startsWith("HTTP/1.1 200") && pending.length === length) latencies.push(performance.now() - since);
      pending = "";
      if (mode === "keep-alive" && sent < requests) next(socket);
      else socket.end();
    });
    // What an error leaves unanswered shows in the count: every request sent is answered once or an error.
    socket.on("error", () => {});
    socket.on("close", () => {
      open -= 1;
      if (sent < requests) begin();
      else if (open === 0) finished();
    });
  };

  for (let index = 0; index < Math.min(connections, requests); index++) begin();
  return promise;
}

const [plan = "", port] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await load(JSON.parse(plan) as LoadPlan, Number(port))));
