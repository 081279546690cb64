import { availableParallelism } from "node:os";
import { cpuCount } from "../../config/cpu-count.ts";
import { openFileLimit } from "../../config/open-files.ts";
import { readTextIfThere } from "../../config/read-text.ts";
import type { Sight } from "../../protocol/notes.ts";
import { count } from "../../telemetry/words.ts";
import type { Primary } from "../primary.ts";
import type { Generation } from "../workers/generations.ts";
import { notesOfApp, notesOfMachine, type Note } from "./notes.ts";

/** Remarks, once, upon what breaks with several workers, or on this machine. */
export class Noticer {
  readonly #primary: Primary;
  /** So that a reload brings only what is new. */
  readonly #told = new Set<string>();

  constructor(primary: Primary) {
    this.#primary = primary;
  }

  /** The app runs with all its workers. */
  look(): void {
    const { resolved, launch } = this.#generation();
    if (resolved.config.silence.includes("all")) return;
    const { size } = this.#primary.supervisor.fleet;
    const surroundings = {
      workers: size,
      cpus: cpuCount(readTextIfThere, availableParallelism()).count,
      openFiles: openFileLimit(readTextIfThere),
      nodeEnv: launch.env["NODE_ENV"] ?? "",
      watch: resolved.config.watch,
    };
    this.#tell(this.#news(notesOfMachine(surroundings), ({ name }) => name));
    if (size > 1) this.#askLastWorker();
  }

  heard(sights: readonly Sight[]): void {
    const text = `a worker has looked for what is not made for several: ${count(sights.length, "sight")}`;
    this.#primary.world.log.debug("looked", { sights: sights.length }, text);
    const { size } = this.#primary.supervisor.fleet;
    if (size > 1) this.#tell(notesOfApp(this.#news(sights, keyOf), size));
  }

  /** Not the first: what only slot 1 does is as it should be. */
  #askLastWorker(): void {
    const { fleet } = this.#primary.supervisor;
    const ready = fleet.workers.filter(({ state, generation }) => state === "ready" && generation === fleet.generation);
    const last = ready.toSorted((a, b) => a.slot - b.slot).at(-1);
    if (last && last.slot > 1) this.#primary.crew.get(last.id)?.handle.send({ type: "look" });
  }

  #tell(notes: readonly Note[]): void {
    const { silence } = this.#generation().resolved.config;
    for (const { name, text, fix } of notes) {
      if (silence.includes(name)) continue;
      const line = `noticed: ${text}; ${fix} (--silence ${name} hides this)`;
      this.#primary.world.log.warn("noticed", { name, text, fix }, line);
    }
  }

  #news<T>(all: readonly T[], key: (one: T) => string): readonly T[] {
    const news = all.filter((one) => !this.#told.has(key(one)));
    for (const one of news) this.#told.add(key(one));
    return news;
  }

  #generation(): Generation {
    const { generations, supervisor } = this.#primary;
    return generations.get(supervisor.fleet.generation);
  }
}

/** A line that has moved is the same job. */
function keyOf({ name, what }: Sight): string {
  return `${name} ${what.replace(/:\d+$/, "")}`;
}
