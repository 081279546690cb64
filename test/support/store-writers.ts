import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { openStore } from "../../src/store/open.ts";
import { keyOf, versionOf } from "./store-session.ts";
import { until, within } from "./wait.ts";

const WRITER = fileURLToPath(new URL("../fixtures/store/writer.ts", import.meta.url));

export interface Plan {
  readonly processes: number;
  readonly sessions: number;
  /** Whether to go on, after so many kills and milliseconds. */
  readonly goOn: (kills: number, elapsedMs: number) => boolean;
}

export interface Outcome {
  readonly kills: number;
  readonly acknowledged: number;
  /** Writes that the store refused, by an error. */
  readonly refused: number;
  /** Sentences, one for each session that is not what it must be. */
  readonly lost: readonly string[];
}

/** Writers that share the store of this address, killed at random moments and started again; in the end all at once. Every session is looked at after each kill of its writer. */
export async function writeUnderKills(t: TestContext, url: string, plan: Plan): Promise<Outcome> {
  const ledger = new Ledger();
  const share = plan.sessions / plan.processes;
  const writers = Array.from({ length: plan.processes }, (_, slot) => new Writer(t, ledger, url, slot * share, share));
  const starts = writers.map((writer) => writer.start());
  const since = performance.now();
  let kills = 0;
  for (; plan.goOn(kills, performance.now() - since); kills++) {
    const enough = ledger.acknowledged + Math.random() * 2000;
    await until(() => ledger.acknowledged >= enough, "more acknowledged writes");
    const victim = await until(() => anyOf(writers.filter(({ writes }) => writes)), "a writer that writes");
    await victim.kill();
    starts.push(victim.start());
  }
  await Promise.all(starts);
  await until(() => ledger.sessions === plan.sessions, "every session to be written");
  await Promise.all(writers.map((writer) => writer.kill()));
  await lookAtAll(url, ledger, plan.sessions);
  return {
    kills: kills + writers.length,
    acknowledged: ledger.acknowledged,
    refused: ledger.refused,
    lost: ledger.lost,
  };
}

function anyOf<T>(choice: readonly T[]): T | undefined {
  return choice[Math.floor(Math.random() * choice.length)];
}

/** What was acknowledged, and whether what is found agrees with it. */
class Ledger {
  readonly lost: string[] = [];
  acknowledged = 0;
  refused = 0;
  readonly #versions = new Map<number, number>();

  /** How many were written at least once. */
  get sessions(): number {
    return this.#versions.size;
  }

  wrote(session: number, version: number): void {
    this.acknowledged += 1;
    this.#versions.set(session, version);
  }

  /** One write may have been under way. What is found is what its next writer goes on from. */
  found(session: number, version: number): void {
    const acknowledged = this.#versions.get(session) ?? 0;
    if (version !== acknowledged && version !== acknowledged + 1)
      this.lost.push(`session ${session}: ${acknowledged} was acknowledged, ${version} is there`);
    if (version > 0) this.#versions.set(session, version);
  }
}

class Writer {
  readonly #t: TestContext;
  readonly #ledger: Ledger;
  readonly #args: readonly string[];
  /** It is neither dead nor still looking at what is there. */
  writes = false;
  #process: ChildProcess | null = null;

  constructor(t: TestContext, ledger: Ledger, url: string, from: number, share: number) {
    this.#t = t;
    this.#ledger = ledger;
    this.#args = [url, String(from), String(from + share)];
  }

  /** Settles when it has looked at what is there and begins to write. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [WRITER, ...this.#args], { stdio: ["ignore", "pipe", "inherit"] });
    this.#t.after(() => child.kill("SIGKILL"));
    this.#process = child;
    const lines = createInterface(child.stdout);
    const ready = new Promise<void>((resolve, reject) => {
      lines.on("line", (line) => (line === "ready ." ? resolve() : this.#hear(line)));
      child.once("exit", (code) => reject(new Error(`a writer ended with ${code}`)));
    });
    await within(ready, "a writer to begin");
    this.writes = true;
  }

  /** Settles when all that it said is heard. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    this.writes = false;
    if (child.exitCode !== null) throw new Error(`a writer ended by itself, with ${child.exitCode}`);
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await within(closed, "the end of a writer");
  }

  #hear(line: string): void {
    // The last line may be cut in the middle.
    if (!line.endsWith(" .")) return;
    const [word, session, version] = line.split(" ");
    if (word === "refused") this.#ledger.refused += 1;
    else if (word === "wrote") this.#ledger.wrote(Number(session), Number(version));
    else this.#ledger.found(Number(session), Number(version));
  }
}

async function lookAtAll(url: string, ledger: Ledger, sessions: number): Promise<void> {
  const store = openStore({ url });
  for (let session = 0; session < sessions; session++)
    ledger.found(session, versionOf(session, await store.get(keyOf(session))));
  await store.close();
}
