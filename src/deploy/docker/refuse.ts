import { isAbsolute, relative } from "node:path";
import type { Resolved } from "../../config/config.ts";
import { AppError } from "../../errors.ts";
import { secretFlags } from "../secret-flags.ts";

/** Throws AppError USAGE for an app that no container could run, or not as it is meant. */
export function refuseUnfit(resolved: Resolved, folder: string): void {
  const { config, files } = resolved;
  refuseSecrets(resolved);
  refuseUser(config.user);
  refusePerSlot(config.perSlot);
  for (const path of [config.entry, ...files]) refuseOutside(path, folder);
}

function refuseOutside(path: string, folder: string): void {
  const from = relative(folder, path);
  if (!from.startsWith("..") && !isAbsolute(from)) return;
  const message = `expected all of the app below ${folder}, which becomes the image, got ${path}`;
  throw new AppError("USAGE", message, "Call it in the folder that holds the app and its package.json.");
}

/** The command line becomes a part of the image, for all to read who have it. */
function refuseSecrets(resolved: Resolved): void {
  const [key] = secretFlags(resolved);
  if (key === undefined) return;
  const message = `expected flags that the image may tell everybody, got one with a secret: ${resolved.origins[key]}`;
  const hint =
    key === "store"
      ? "Set DROVER_STORE instead: the files then only say that the container is given it."
      : "Name the file that holds it.";
  throw new AppError("USAGE", message, hint);
}

function refuseUser(user: string | null): void {
  if (user === null) return;
  const message = `expected an app that runs as its container does, got user ${user}`;
  throw new AppError("USAGE", message, "In the image it runs as node, and not as root: leave --user out.");
}

function refusePerSlot(perSlot: boolean): void {
  if (!perSlot) return;
  const message = "expected one address for all workers of a container, got one for each (perSlot)";
  throw new AppError("USAGE", message, "Leave it out: how many there are is settled only by the container's CPUs.");
}
