import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
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
  const isQuiet = (): boolean => traffic.inFlight().length + traffic.http2.streams.size === 0;
  await untilQuiet(isQuiet);
  channel.send({ type: "noticed", sights: await see(entry) });
}

async function untilQuiet(isQuiet: () => boolean): Promise<void> {
  await sleep(SETTLES, undefined, { ref: false });
  for (let waited = SETTLES; waited < LATEST && !isQuiet(); waited += AGAIN)
    await sleep(AGAIN, undefined, { ref: false });
}

async function see(entry: string): Promise<readonly Sight[]> {
  const sights: Sight[] = [];
  let heap: Heap | null = null;
  try {
    heap = new Heap();
    const loaded = new Loaded(heap.scripts());
    for (const row of PACKAGES) {
      const modules = await loaded.exportsOf(row.package);
      if (modules.length === 0) continue;
      const count = row.count(modules, heap);
      if (count > 0) sights.push({ name: row.name, what: row.package, count });
      await turn();
    }
    sights.push(...intervals(heap, loaded.ownFiles(), entry));
  } catch {
    // A Node without an inspector, or a version of a package that nobody has seen yet: what could be seen is told.
  } finally {
    heap?.close();
  }
  return sights;
}
