import { join } from "node:path";

/** One competitor: how its server is started. All of them run `servers/hello.js`. */
export interface Row {
  readonly name: string;
  readonly command: (port: number, workers: number) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A row without workers takes part in `first-answer` only. */
  readonly single?: true;
}

const file = (name: string): string => join(import.meta.dirname, name);

/** Drover, running any of `servers/`, with further flags. */
export const droverRow = (name: string, server: string, flags: readonly string[] = []): Row => ({
  name,
  command: (port, workers) => {
    const own = ["-p", String(port), "-w", String(workers), "--log-format", "json"];
    return [file("../dist/cli.js"), "start", file(server), ...own, ...flags];
  },
});

const cluster = (): readonly string[] => [file("servers/cluster.js")];

export const ROWS = {
  node: { name: "node, one process", command: () => [file("servers/hello.js")], single: true },
  cluster: { name: "node:cluster", command: cluster },
  none: { name: "node:cluster SCHED_NONE", command: cluster, env: { NODE_CLUSTER_SCHED_POLICY: "none" } },
  drover: droverRow("Drover", "servers/hello.js"),
} as const satisfies Record<string, Row>;

export type RowId = keyof typeof ROWS;
