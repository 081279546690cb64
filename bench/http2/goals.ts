import { APPS, SERVERS, type AppId, type Case, type ServerId } from "./cases.ts";
import { ratio, type Results } from "./figures.ts";

interface Side {
  readonly app: AppId;
  readonly server: ServerId;
}

/** Over h2: the most CPU time that one side may need, as a multiple of the other's. */
interface Goal {
  readonly side: Side;
  readonly of: Side;
  readonly atMost: number;
}

const sameApp = (app: AppId): Goal => ({ side: { app, server: "drover" }, of: { app, server: "node" }, atMost: 1.05 });

const GOALS: readonly Goal[] = [
  { side: { app: "express", server: "drover" }, of: { app: "koa", server: "node" }, atMost: 1.6 },
  sameApp("koa"),
  sameApp("fastify"),
  sameApp("hono"),
];

const nameOf = ({ app, server }: Side): string => `${APPS[app]} on ${SERVERS[server].name}`;

/** A sentence for each goal that was measured. */
export function verdicts(results: Results, act: Case["act"], streams: number): readonly string[] {
  return GOALS.flatMap(({ side, of, atMost }) => {
    const load = { protocol: "h2", act, streams } as const;
    const found = ratio(results, { ...side, ...load }, { ...of, ...load });
    if (Number.isNaN(found)) return [];
    const verdict = found <= atMost ? "met" : "**missed**";
    return [`h2, ${nameOf(side)} ÷ ${nameOf(of)}: ${found.toFixed(3)}, at most ${atMost}: ${verdict}`];
  });
}
