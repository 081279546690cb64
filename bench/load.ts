import { connect, type Socket } from "node:net";

/**
 * The load generator: a process of its own, so that its work is not counted as the server's. Bare sockets, a bounded number of requests.
 * `node load.ts '{ "port": 3000, "mode": "keep-alive", "requests": 60000, "connections": 32 }'` prints a {@link LoadResult} as JSON.
 */
export interface LoadPlan {
  readonly port: number;
  /** `keep-alive`: each connection is used until the end. `connection`: one connection per request. */
  readonly mode: "keep-alive" | "connection";
  readonly requests: number;
  readonly connections: number;
}

export interface LoadResult {
  readonly answered: number;
  /** Requests refused, reset, cut short or not answered with 200. Nothing is tried again. */
  readonly errors: number;
  readonly seconds: number;
}

/** Length in bytes of the answer that begins the text, or `null` while its head is incomplete. */
function lengthOf(text: string): number | null {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return null;
  const length = /\r\nContent-Length: (\d+)/i.exec(text.slice(0, end));
  return end + 4 + Number(length?.[1] ?? 0);
}

function load({ port, mode, requests, connections }: LoadPlan): Promise<LoadResult> {
  const { promise, resolve } = Promise.withResolvers<LoadResult>();
  const head = mode === "keep-alive" ? "" : "Connection: close\r\n";
  const request = Buffer.from(`GET / HTTP/1.1\r\nHost: bench\r\n${head}\r\n`);
  const started = performance.now();
  let open = 0;
  let sent = 0;
  let answered = 0;

  const next = (socket: Socket): void => {
    sent += 1;
    socket.write(request);
  };

  const begin = (): void => {
    open += 1;
    const socket = connect(port, "127.0.0.1");
    let pending = "";
    socket.setNoDelay(true);
    socket.setEncoding("latin1");
    next(socket);
    socket.on("data", (text: string) => {
      pending += text;
      const length = lengthOf(pending);
      if (length === null || pending.length < length) return;
      if (pending.startsWith("HTTP/1.1 200") && pending.length === length) answered += 1;
      pending = "";
      if (mode === "keep-alive" && sent < requests) next(socket);
      else socket.end();
    });
    // What an error leaves unanswered shows in the count: every request sent is answered once or an error.
    socket.on("error", () => {});
    socket.on("close", () => {
      open -= 1;
      if (sent < requests) begin();
      else if (open === 0)
        resolve({ answered, errors: sent - answered, seconds: (performance.now() - started) / 1000 });
    });
  };

  for (let index = 0; index < Math.min(connections, requests); index++) begin();
  return promise;
}

process.stdout.write(JSON.stringify(await load(JSON.parse(process.argv[2] ?? "") as LoadPlan)));
