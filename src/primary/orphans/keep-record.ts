import type { Config } from "../../config/config.ts";
import { crashLogOf, homeOf, recordOf } from "../../control/home.ts";
import { readRecord, type RunRecord } from "../../record/record.ts";
import { forgetElections, lastElected } from "../../record/succession-lock.ts";
import { count } from "../../telemetry/words.ts";
import type { Primary } from "../primary.ts";
import type { Assembled } from "../run.ts";
import { commandAgain, ownProgram, type Start } from "../succession/again.ts";
import { Heirs } from "../succession/heirs.ts";
import type { Predecessor } from "../succession/predecessor.ts";
import type { LeftBehind } from "./orphans.ts";
import { leftBehind, RecordKeeper, survivorsOf } from "./record-keeper.ts";

/** The name is ours: what a dead primary of it has left is ours to end, and what we have is written down for whoever comes after us. */
export function keepRecord(
  { primary, orphans, succession, log }: Pick<Assembled, "primary" | "orphans" | "succession" | "log">,
  { name }: Config,
  start: Start,
  predecessor: Predecessor | null,
): RecordKeeper {
  const home = homeOf(process.env);
  const path = recordOf(home, name);
  // Its record until now: ours takes its place.
  const theirs = predecessor && readRecord(path);
  const found = leftBehind(path);
  if (found) orphans.take(found);
  if (found && succession) {
    const text = tellDeath(path, found);
    log.warn("primary-succeeded", { former: found.former.primary.pid }, text);
  }
  const mayBeSucceeded = start.detached && isHereditary(primary);
  const keeper = new RecordKeeper(path, primary, orphans, {
    mayBeSucceeded,
    succeeds: found !== null && found.former.succession !== null,
  });
  if (mayBeSucceeded) {
    const command = commandAgain(start, ownProgram(start), process.env);
    const heirs = new Heirs(primary, { command, output: crashLogOf(home, name), record: path });
    primary.watch(() => heirs.provide());
    // A successor's workers are ready before it has the name.
    heirs.provide();
  }
  if (theirs && !found) void predecessor?.end.then(() => adoptLeft(keeper, theirs));
  primary.ready.then(
    () => {
      orphans.release(primary.supervisor.limits.drainTimeout);
      forgetElections(path);
    },
    () => undefined,
  );
  return keeper;
}

/** Nobody but us ends what the primary before leaves when it is killed while its workers drain. They have heard from it that they are to go. */
function adoptLeft(keeper: RecordKeeper, theirs: RunRecord): void {
  const left = survivorsOf(theirs);
  if (left.length > 0) keeper.adopt({ former: { ...theirs, succession: null }, left });
}

/** Workers of another user could not start a successor with our rights. */
function isHereditary({ generations, supervisor }: Primary): boolean {
  const { launch, limits } = generations.get(supervisor.fleet.generation);
  return limits.restart !== "never" && launch.uid === undefined && launch.gid === undefined;
}

function tellDeath(path: string, { former: { primary }, left }: LeftBehind): string {
  const { elected } = lastElected(path, primary);
  const by = elected ? `worker ${elected.slot} (pid ${elected.pid})` : "a worker";
  const hand = left.length === 1 ? "hands" : "hand";
  return `the primary (pid ${primary.pid}) has died: ${by} started this one, and ${count(left.length, "worker")} ${hand} over when its own are ready`;
}
