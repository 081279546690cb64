import type { Log } from "../../telemetry/log.ts";
import { duration } from "../../telemetry/words.ts";
import type { Generation } from "../workers/generations.ts";

/** Says where the store is, where that is not what one would think, and when it cannot do its work. */
export class StoreNarrator {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** @param before the generation that runs; null: this is the first */
  placed({ launch: { store, env }, resolved }: Generation, before: Generation | null): void {
    const old = before?.launch.store;
    // Whatever we understand of it does name the store.
    if (env["REDIS_URL"] && resolved.origins["store"] === "default" && !old) this.#ignored(store.shown);
    if (store.warning !== null && store.warning.message !== old?.warning?.message)
      this.#log.warn("store-in-memory", { store: store.shown }, `${store.warning.message}. ${store.warning.fix}`);
    if (old && old.shown !== store.shown) this.#moved(old.shown, store.shown);
  }

  degraded(store: string, reason: string, slot: number): void {
    const text = `the store ${store} is not available: ${reason} (worker ${slot}); requests that need it are answered 503`;
    this.#log.warn("store-degraded", { store, reason, slot }, text);
  }

  recovered(store: string, ms: number, gone: boolean): void {
    const what = gone ? "is missed no more: the last worker that could not use it has ended" : "is available again";
    const text = `the store ${store} ${what}, after ${duration(ms)}`;
    this.#log.info("store-recovered", { store, ms: Math.round(ms), gone }, text);
  }

  #ignored(store: string): void {
    const text = `REDIS_URL is no address that Drover understands, so the store is ${store}: name one with --store or DROVER_STORE, "embedded" to say that it is right`;
    this.#log.warn("redis-url-ignored", { store }, text);
  }

  #moved(from: string, to: string): void {
    this.#log.warn("store-moved", { from, to }, `the store is ${to} from now on: what is in ${from} stays there`);
  }
}
