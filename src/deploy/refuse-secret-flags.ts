import type { Resolved } from "../config/config.ts";
import { optionValue } from "../config/nest.ts";
import { optionRows } from "../config/options.ts";
import { AppError } from "../errors.ts";

/**
 * A command line is in the file that is written, and in the list of processes: everybody can read it. `place` is where variables belong instead.
 * @throws AppError USAGE for a flag with a secret in it, such as a store's password
 */
export function refuseSecretFlags({ config, origins }: Resolved, place: string): void {
  for (const [key, { secret, flag, env, kind }] of optionRows()) {
    if (secret !== true || flag === null || !origins[key]?.startsWith("flag ")) continue;
    const value = optionValue(config, key);
    // The path of a key is shown as it is, and so is a store without a password.
    if (kind.show(value) === value) continue;
    const name = flag.split(" ", 1)[0];
    const message = `expected no secret in a command line that everybody can read, got one in ${name}`;
    throw new AppError("USAGE", message, `Leave ${name} out, and put ${env}=… into ${place}.`);
  }
}
