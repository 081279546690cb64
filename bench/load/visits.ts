import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { quantilesOf } from "./quantiles.ts";
import type { Visited, VisitPlan } from "./visit-plan.ts";

const [text = "", port] = process.argv.slice(2);
const { visits, every, stay } = JSON.parse(text) as VisitPlan;

/** Opens a connection and asks who has it. Resolves with the answer's body, or `null` when it failed. */
function visit(stayed: Socket[]): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const socket = connect(Number(port), "127.0.0.1");
  const head = stay ? "" : "Connection: close\r\n";
  let answer = "";
  stayed.push(socket);
  socket.setEncoding("latin1");
  socket.write(`GET /pid HTTP/1.1\r\nHost: bench\r\n${head}\r\n`);
  socket.on("data", (piece: string) => {
    answer += piece;
    const [, length, body = ""] = /\r\nContent-Length: (\d+)[^]*?\r\n\r\n([^]*)$/i.exec(answer) ?? [];
    if (body.length > 0 && body.length === Number(length)) resolve(answer.startsWith("HTTP/1.1 200") ? body : null);
  });
  socket.on("error", () => resolve(null));
  socket.on("close", () => resolve(null));
  return promise;
}

const sockets: Socket[] = [];
const waits: number[] = [];
const began = performance.now();
const asked: Promise<string | null>[] = [];
for (let index = 0; index < visits; index++) {
  const due = began + index * every;
  const early = due - performance.now();
  if (early > 0) await sleep(early);
  const since = performance.now();
  const answer = visit(sockets);
  void answer.then((worker) => worker !== null && waits.push(performance.now() - since));
  asked.push(answer);
}
const answers = await Promise.all(asked);
for (const socket of sockets) socket.destroy();

const shares = Map.groupBy(
  answers.filter((answer) => answer !== null),
  (worker) => worker,
);
const visited: Visited = {
  counts: [...shares.values()].map(({ length }) => length),
  errors: visits - waits.length,
  ...quantilesOf(waits),
};
process.stdout.write(JSON.stringify(visited));
