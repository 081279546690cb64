import { AppError } from "../errors.ts";
import { boundAddresses, overlap } from "./bound-addresses.ts";
import type { Resolved } from "./config.ts";

/** Throws CONFIG_INVALID, naming both, for apps that cannot run at the same time: they share a name, an address or a log file. */
export function refuseConflicts(apps: readonly Resolved[]): void {
  for (const [index, one] of apps.entries()) {
    for (const other of apps.slice(0, index)) {
      refuseSameName(other, one);
      refuseSameAddress(other, one);
      refuseSameLog(other, one);
    }
  }
}

function refuseSameName(one: Resolved, other: Resolved): void {
  if (one.config.name !== other.config.name) return;
  const entries = `${one.config.entry} and ${other.config.entry}`;
  throw new AppError(
    "CONFIG_INVALID",
    `expected a name of its own for each app, got "${one.config.name}" (${other.origins["name"]}) for ${entries}`,
    "Leave name out: an app of several is called by its key in apps.",
  );
}

/** Each would rotate the file under the other. */
function refuseSameLog(one: Resolved, other: Resolved): void {
  const { file } = one.config.log;
  if (file === null || file !== other.config.log.file) return;
  const names = `${one.config.name} and ${other.config.name}`;
  throw new AppError(
    "CONFIG_INVALID",
    `expected a log file of its own for the apps ${names}, got ${file} (${one.origins["log.file"]}) for both`,
    "Set log.file for each; in the background each has one by itself.",
  );
}

function refuseSameAddress(one: Resolved, other: Resolved): void {
  const shared = boundAddresses(one).find((address) =>
    boundAddresses(other).some((theirs) => overlap(address, theirs)),
  );
  if (shared === undefined) return;
  const what = shared.kind === "unix" ? shared.path : `port ${shared.port} (${portOrigins(one, other)})`;
  throw new AppError(
    "CONFIG_INVALID",
    `expected addresses of their own for the apps ${one.config.name} and ${other.config.name}, got ${what} for both`,
    'Set port for each; listen: false for one that serves nothing; serve: "listen" for one that has a port of its own in its code.',
  );
}

function portOrigins(...apps: readonly Resolved[]): string {
  const origins = apps.map(
    ({ config, origins }) => origins[config.listen !== false && config.listen.length > 0 ? "listen" : "port"],
  );
  return [...new Set(origins)].join(", ");
}
