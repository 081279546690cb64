import { readdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { lives } from "../record/process-name.ts";
import { readRecord } from "../record/record.ts";
import { checkRunFolder, nameOf, recordOf, socketOf, type Home } from "./home.ts";
import { isLive } from "./probe.ts";

/**
 * Names of the apps that run, in the order of the alphabet. Dead sockets are passed over and left for the next app of their name to replace: whether
 * one is still dead when it is removed, only a starter can know (claim.ts).
 * @throws AppError CONTROL_FAILED when the folder is not this user's alone
 */
export async function running(home: Home): Promise<readonly string[]> {
  const { run } = home;
  if (!(await checkRunFolder(run))) return [];
  const files = await readdir(run);
  const found = await Promise.all(
    files.map(async (file) => {
      const name = nameOf(file);
      return name !== null && (await answers(home, name)) ? [name] : [];
    }),
  );
  return found.flat().toSorted();
}

/** How long a successor may take to answer. Milliseconds. */
const PATIENCE = 10_000;
const BETWEEN_LOOKS = 50;

/** Whether a primary does; where one was killed, its successor, which is on its way. */
async function answers(home: Home, name: string): Promise<boolean> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    if (await isLive(socketOf(home, name)).catch(() => false)) return true;
    if (!isBeingSucceeded(home, name) || performance.now() > end) return false;
    await delay(BETWEEN_LOOKS);
  }
}

function isBeingSucceeded(home: Home, name: string): boolean {
  const record = readRecord(recordOf(home, name));
  if (record === null || record.succession === null || lives(record.primary)) return false;
  return record.processes.some((one) => lives(one));
}
