import type { Resolved } from "../../config/config.ts";
import type { Limits } from "../../policy/fleet.ts";
import { limitsOf } from "../limits.ts";
import type { GenerationTls } from "../tls/tls-world.ts";
import { prepareLaunch } from "./launch.ts";
import type { Launch } from "./worker-handle.ts";

/** One reading of the configuration, and what its workers are started with. */
export interface Generation {
  readonly number: number;
  readonly resolved: Resolved;
  readonly limits: Limits;
  /** Changes when the app turns out to need its TypeScript loader. */
  launch: Launch;
  /** Changes when its certificates do; null: Drover speaks no TLS for it. */
  tls: GenerationTls | null;
}

/** Every generation that may still be started: a rollback uses the values the old one was started with. */
export class Generations {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #kept = new Map<number, Generation>();
  #last: number;

  /** `environment`: the one Drover was started with. `last`: the number of the last one of the primary before. */
  constructor(environment: NodeJS.ProcessEnv, last = 0) {
    this.#environment = environment;
    this.#last = last;
  }

  /** @param before the one that runs; null: this is the first. @throws AppError USER_UNKNOWN, USER_FORBIDDEN */
  add(resolved: Resolved, before: Generation | null): Generation {
    const launch = prepareLaunch(resolved, this.#environment, before?.launch ?? null);
    const limits = limitsOf(resolved.config);
    const generation: Generation = { number: ++this.#last, resolved, limits, launch, tls: null };
    this.#kept.set(generation.number, generation);
    return generation;
  }

  get(number: number): Generation {
    const generation = this.#kept.get(number);
    if (!generation) throw new Error(`generation ${number} was forgotten too early`);
    return generation;
  }

  /** The last number that was given. */
  get last(): number {
    return this.#last;
  }

  /** What this primary begins with. */
  first(): Generation {
    return this.get(Math.min(...this.#kept.keys()));
  }

  /** The youngest last. */
  all(): readonly Generation[] {
    return [...this.#kept.values()];
  }

  forget(number: number): void {
    this.#kept.delete(number);
  }

  keepOnly(number: number): void {
    for (const kept of this.#kept.keys()) if (kept !== number) this.#kept.delete(kept);
  }
}
