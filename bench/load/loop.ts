import { dueOf, sinceOf, type Since } from "./clock.ts";
import type { Events, Place } from "./place.ts";
import type { Loaded, LoadPlan } from "./plan.ts";
import { quantilesOf } from "./quantiles.ts";

/** So long without any answer, and all that is not answered counts as failed. */
const SILENCE_MS = 10_000;

/** Asks at the places, all of which are made ready before the first request. */
export function runLoop(plan: LoadPlan, newPlaces: (events: (place: number) => Events) => Place[]): Promise<Loaded> {
  const { promise, resolve } = Promise.withResolvers<Loaded>();
  const latencies = new Float64Array(plan.requests);
  /** Since when the request of each place has waited. */
  const waits: number[] = [];
  const idle: number[] = [];
  let since: Since | null = null;
  let began = 0;
  let lastHeard = performance.now();
  let [sent, done, answered] = [0, 0, 0];

  const askAll = (): void => {
    if (since === null) return;
    const now = performance.now();
    const due = dueOf(plan, now - began);
    while (sent < due) {
      // The one that has been free for longest: all connections are used alike.
      const place = idle.shift();
      if (place === undefined) return;
      waits[place] = since(sent, now);
      sent += 1;
      places[place]?.ask();
    }
  };

  const places = newPlaces((place) => ({
    answered: (asExpected) => {
      lastHeard = performance.now();
      done += 1;
      if (asExpected) latencies[answered++] = lastHeard - (waits[place] ?? lastHeard);
    },
    free: () => {
      idle.push(place);
      if (since === null && idle.length === places.length) begin();
      if (done === plan.requests) finish();
      else askAll();
    },
  }));

  const finish = (): void => {
    clearInterval(pace);
    clearInterval(watch);
    for (const place of places) place.close();
    const seconds = (lastHeard - began) / 1000;
    const quantiles = quantilesOf(latencies.subarray(0, answered));
    resolve({ answered, errors: plan.requests - answered, seconds, ...quantiles });
  };
  const pace = plan.rate === undefined ? undefined : setInterval(askAll, 1);
  const watch = setInterval(() => performance.now() - lastHeard > SILENCE_MS && finish(), 1000);

  const begin = (): void => {
    began = performance.now();
    since = sinceOf(plan, began);
  };
  for (const place of places) place.open();
  return promise;
}
