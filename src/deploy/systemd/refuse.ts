import { normalize } from "node:path/posix";
import { AppError } from "../../errors.ts";
import type { Service } from "./service.ts";

/** Throws AppError USAGE for a service that would not do what its user means. `unit` is what its folders are called. */
export function refuseUnfit({ config, sockets }: Service, unit: string): void {
  refuseWatching(config.watch);
  for (const address of sockets) if (address.kind === "unix") refuseInside(address.path, unit);
}

function refuseWatching(watch: boolean): void {
  if (!watch) return;
  const hint =
    "A service takes new code by systemctl reload: leave --watch out; against a config file that has it, set DROVER_WATCH=false.";
  throw new AppError("USAGE", "expected an app in production, got watch", hint);
}

/** `RuntimeDirectory=` is closed to nginx, and each stop of the service would take the file from the socket that stays. */
function refuseInside(path: string, unit: string): void {
  const folder = `/run/${unit}`;
  const place = normalize(path).replace(/^\/var\/run\//, "/run/");
  if (place !== folder && !place.startsWith(`${folder}/`)) return;
  const message = `expected unix sockets outside of ${folder}, which is the service's alone and goes when it stops, got ${path}`;
  throw new AppError("USAGE", message, `Take a path beside it: --listen unix:/run/${unit}.sock`);
}
