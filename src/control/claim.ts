import { once } from "node:events";
import { readdir, rename, rm } from "node:fs/promises";
import type { Server } from "node:net";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../errors.ts";
import { isLive } from "./probe.ts";

/** How long two starters of one name may be in each other's way. Milliseconds. */
const PATIENCE = 5_000;

/**
 * Makes `server` listen at `path`. Answers false when somebody does already; a socket whose process is dead is replaced.
 *
 * No call of the file system replaces a socket only if it is still the dead one that was looked at. So starters of one name take turns: each shows a
 * live socket under a claim's name, then looks for others' claims, and steps back when there is one. Of two, one at least sees the other.
 * A claim lives as long as its process, so none is left locked.
 */
export async function claim(server: Server, path: string): Promise<boolean> {
  const folder = dirname(path);
  const prefix = claimPrefix(path);
  // Where the socket is now. It is not bound under a claim's name: between bind and listen a socket looks dead.
  let at = join(folder, `.${word(12)}`);
  const move = async (to: string): Promise<void> => {
    await rename(at, to);
    at = to;
  };
  let taken = false;
  try {
    await listenForUserOnly(server, at);
    await inTurn(folder, prefix, move, async () => {
      taken = !(await isLive(path));
      if (taken) await move(path);
    });
    return taken;
  } finally {
    if (!taken) await leave(server, at);
  }
}

/** Short, whatever the app's name: the path of a unix socket is. Two names that share it only wait for each other (FNV-1a; node:crypto takes 4 ms to load). */
function claimPrefix(path: string): string {
  const hash = Buffer.from(basename(path)).reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), 0x811c9dc5);
  return `~${(hash >>> 0).toString(16).padStart(8, "0").slice(-6)}`;
}

/** A name that nobody else comes upon. */
function word(length: number): string {
  return Math.random().toString(16).slice(2).padEnd(length, "0").slice(0, length);
}

/** The mode is the process's for the length of one synchronous call. */
async function listenForUserOnly(server: Server, path: string): Promise<void> {
  const before = process.umask(0o177);
  try {
    server.listen({ path, exclusive: true });
  } finally {
    process.umask(before);
  }
  await once(server, "listening");
}

/** Calls `act` while no other starter of this name does. */
async function inTurn(
  folder: string,
  prefix: string,
  move: (to: string) => Promise<void>,
  act: () => Promise<void>,
): Promise<void> {
  const until = performance.now() + PATIENCE;
  while (performance.now() < until) {
    // A name of its own for each turn: whoever found the last one gone may remove it at any time.
    const own = prefix + word(6);
    await move(join(folder, own));
    if (await isAlone(folder, prefix, own)) return await act();
    await move(join(folder, `.${word(12)}`));
    await delay(5 + Math.random() * 25);
  }
  const message = `expected to be the only one to start under this name, got others for ${PATIENCE / 1000} s`;
  throw new AppError("CONTROL_FAILED", message, "Start it again.");
}

async function isAlone(folder: string, prefix: string, own: string): Promise<boolean> {
  const claims = (await readdir(folder)).filter((file) => file.startsWith(prefix) && file !== own);
  for (const file of claims) {
    if (await isLive(join(folder, file))) return false;
    await rm(join(folder, file), { force: true });
  }
  return true;
}

/** The file first: a claim that is closed and still there would be taken for a dead one's. */
async function leave(server: Server, file: string): Promise<void> {
  await rm(file, { force: true });
  server.close();
}
