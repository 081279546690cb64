import { join } from "node:path";

/** One competitor: how its server is started. */
export interface Row {
  readonly name: string;
  readonly command: (port: number, workers: number) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
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
