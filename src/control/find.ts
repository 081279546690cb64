import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { checkRunFolder, nameOf, type Home } from "./home.ts";
import { isLive } from "./probe.ts";

/**
 * Names of the apps that run, in the order of the alphabet. Dead sockets are passed over and left for the next app of their name to replace: whether
 * one is still dead when it is removed, only a starter can know (claim.ts).
 * @throws AppError CONTROL_FAILED when the folder is not this user's alone
 */
export async function running({ run }: Home): Promise<readonly string[]> {
  if (!(await checkRunFolder(run))) return [];
  const files = await readdir(run);
  const found = await Promise.all(
    files.map(async (file) => {
      const name = nameOf(file);
      return name !== null && (await isLive(join(run, file)).catch(() => false)) ? [name] : [];
    }),
  );
  return found.flat().toSorted();
}
