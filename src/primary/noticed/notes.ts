import { ENOUGH_FILES } from "../../config/open-files.ts";
import type { NoteName, Sight, SightName } from "../../protocol/notes.ts";
import { count } from "../../telemetry/words.ts";

/** What was noticed, in words: what it leads to, and what to do about it. */
export interface Note {
  readonly name: NoteName;
  readonly text: string;
  readonly fix: string;
}

type Words = Omit<Note, "name">;

/** By what a worker sees in its app; `sights` are all of that name, at least one. */
const IN_APP: Readonly<Record<SightName, (sights: readonly Sight[], workers: number) => Words>> = {
  "memory-session": (sights, workers) => ({
    text: `${listed(sights)} ${forms(sights.length, "keeps", "keep")} sessions in memory: none of ${workers} workers knows those of the others, and a reload forgets them all`,
    fix: `createStore of ${listed(sights, (one) => SESSION_DOORS[one.what] ?? "drover/session")} lets all share them`,
  }),
  "memory-rate-limit": (sights, workers) => ({
    text: `${listed(sights)} ${forms(sights.length, "counts", "count")} in memory: with ${workers} workers up to ${workers} times the limit passes`,
    fix: sights.every(({ what }) => what === "express-rate-limit")
      ? "createStore of drover/rate-limit lets all count together"
      : "give it a store that all share, such as Redis",
  }),
  "cron-job": (sights, workers) => {
    const jobs = sights.reduce((sum, { count }) => sum + count, 0);
    const which = listed(sights, (one) => `${count(one.count, "job")} of ${one.what}`);
    return { text: `${which} ${forms(jobs, "runs", "run")} in each of ${workers} workers`, fix: elsewhere(jobs) };
  },
  interval: (sights, workers) => {
    const which = listed(sights, ({ what, everyMs = 0 }) => `${what} runs something every ${showEvery(everyMs)}`);
    const fix = `if only one worker should do that: ${elsewhere(sights.length)}`;
    return { text: `${which}, in each of ${workers} workers`, fix };
  },
  "socket-io": (_, workers) => ({
    text: `Socket.IO has its in-memory adapter: what one of ${workers} workers emits reaches its own clients alone, and HTTP long-polling fails when a client's requests come to several`,
    fix: 'use an adapter such as @socket.io/redis-adapter, and transports: ["websocket"] or a proxy that is sticky (--per-slot)',
  }),
};

function elsewhere(jobs: number): string {
  return `put ${forms(jobs, "it", "them")} into a file for --primary-module, or begin ${forms(jobs, "it", "them")} only where cluster.worker.id is 1`;
}

function forms(number: number, one: string, several: string): string {
  return number === 1 ? one : several;
}

const SESSION_DOORS: Readonly<Record<string, string>> = {
  "express-session": "drover/session/express",
  "@fastify/session": "drover/session/fastify",
  "hono-sessions": "drover/session/hono",
};

export function notesOfApp(sights: readonly Sight[], workers: number): readonly Note[] {
  const byName = Map.groupBy(sights, ({ name }) => name);
  return [...byName].map(([name, those]) => ({ name, ...IN_APP[name](those, workers) }));
}

/** What the primary itself knows of. */
export interface Surroundings {
  readonly workers: number;
  readonly cpus: number;
  /** Of one process; null where it cannot be told. */
  readonly openFiles: number | null;
  /** As the workers have it. */
  readonly nodeEnv: string;
  /** Whoever watches files is developing. */
  readonly watch: boolean;
}

export function notesOfMachine({ workers, cpus, openFiles, nodeEnv, watch }: Surroundings): readonly Note[] {
  const notes: Note[] = [];
  if (nodeEnv !== "production" && !watch)
    notes.push({
      name: "node-env",
      text: `NODE_ENV is ${nodeEnv}: frameworks are slower then, and tell clients of errors what only you should know`,
      fix: "leave it unset, or set NODE_ENV=production",
    });
  if (workers > cpus && workers > 1)
    notes.push({
      name: "cpus",
      text: `${workers} workers share ${count(cpus, "CPU")} and take turns`,
      fix: "--workers auto starts one for each, unless yours wait for something",
    });
  if (openFiles !== null && openFiles < ENOUGH_FILES)
    notes.push({
      name: "open-files",
      text: `each worker may have ${count(openFiles, "file")} open, and connections are files`,
      fix: "ulimit -n 65536 before the start, or LimitNOFILE=65536 in the systemd unit",
    });
  return notes;
}

const FEW = 3;

function listed(sights: readonly Sight[], show: (sight: Sight) => string = ({ what }) => what): string {
  const shown = sights.slice(0, FEW).map(show);
  const rest = sights.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${rest} more`;
  return [shown.slice(0, -1).join(", "), shown.at(-1)].filter(Boolean).join(" and ");
}

/** `60 s`, `5 min`, `24 h`. */
function showEvery(ms: number): string {
  const { size, unit } = UNITS.find(({ from }) => ms >= from) ?? { size: 1_000, unit: "s" };
  return `${Number((ms / size).toFixed(1))} ${unit}`;
}

/** Milliseconds. */
const UNITS = [
  { from: 7_200_000, size: 3_600_000, unit: "h" },
  { from: 120_000, size: 60_000, unit: "min" },
];
