import type { Resolved } from "../../config/config.ts";
import type { OptionKey } from "../../config/option.ts";
import { OPTIONS } from "../../config/options.ts";
import { AppError } from "../../errors.ts";
import { fileName } from "../file-name.ts";
import { secretFlags } from "../secret-flags.ts";

/**
 * Everybody can read a unit, and the list of processes.
 * @throws AppError USAGE for a flag that says a secret itself
 */
export function refuseSecrets(resolved: Resolved): void {
  const [key] = secretFlags(resolved);
  if (key === undefined) return;
  const { env } = OPTIONS[key as OptionKey];
  const message = `expected flags that everybody may read, got one with a secret: ${resolved.origins[key]}`;
  const file = `/etc/default/${fileName(resolved.config.name)}`;
  throw new AppError("USAGE", message, `Leave it out, and put ${env}=… into ${file}, readable by root alone.`);
}
