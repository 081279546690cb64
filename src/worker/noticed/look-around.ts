import { setTimeout as sleep } from "node:timers/promises";
import type { Sight } from "../../protocol/notes.ts";
import type { Channel } from "../channel.ts";
import type { Traffic } from "../traffic/traffic.ts";
import { Heap } from "./heap.ts";
import { intervals } from "./intervals.ts";
import { Loaded } from "./loaded.ts";
import { PACKAGES } from "./packages.ts";

/** Apps begin their jobs when they have connected to what they need. Milliseconds, as all here. */
const SETTLES = 2_000;
const AGAIN = 200;
/** A worker that is never without a request is looked at all the same. */
const LATEST = 60_000;

/** Tells what is seen in this worker's app, at a moment without requests: a look takes a garbage collection for each thing that is looked for. */
export async function lookAround(
  entry: string,
  traffic: Pick<Traffic, "inFlight" | "http2">,
  channel: Pick<Channel, "send">,
): Promise<void> {
  const isBusy = (): boolean => traffic.inFlight().length + traffic.http2.streams.size > 0;
  const quiet = async (): Promise<void> => {
    for (let waited = 0; waited < LATEST && isBusy(); waited += AGAIN) await sleep(AGAIN, undefined, { ref: false });
  };
  await sleep(SETTLES, undefined, { ref: false });
  channel.send({ type: "noticed", sights: await see(entry, quiet) });
}

/** @param quiet resolves when nobody would wait for us */
async function see(entry: string, quiet: () => Promise<void>): Promise<readonly Sight[]> {
  const sights: Sight[] = [];
  let heap: Heap | null = null;
  try {
    await quiet();
    heap = new Heap();
    const loaded = new Loaded(heap.scripts());
    for (const { name, package: what, count } of PACKAGES) {
      const modules = await loaded.exportsOf(what);
      if (modules.length === 0) continue;
      await quiet();
      const found = count(modules, heap);
      if (found > 0) sights.push({ name, what, count: found });
    }
    await quiet();
    sights.push(...intervals(heap, loaded.ownFiles(), entry));
  } catch {
    // A Node without an inspector, or a version of a package that nobody has seen yet: what could be seen is told.
  } finally {
    heap?.close();
  }
  return sights;
}
