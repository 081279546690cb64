import { isAbsolute } from "node:path";
import type { Folders } from "./docker.ts";
import { placeOf } from "./given-files.ts";
import type { Image } from "./image.ts";
import { list, map, scalar } from "./yaml.ts";

/**
 * What every container of the app has in a Compose file, whether there are one or two.
 * @param source how there comes to be an image, as YAML
 */
export function service(image: Image, source: string): string {
  return `image: "${image.name}:\${TAG:-1}"
${source}
restart: unless-stopped
# Longer than a stop can take; after Docker's own 10 s requests would be cut.
stop_grace_period: ${image.grace}s
# For all workers together: the heap of each gets its share of it.
# mem_limit: 1g
# Drover needs no other folder than /state. If the app needs none either:
# read_only: true
cap_drop: [ALL]
security_opt: ["no-new-privileges:true"]
logging:
  driver: local
  options: { max-size: 10m, max-file: "5" }`;
}

/** `workers`: where they are not to be as many as there are CPUs. */
export function environment(
  { passed, grace }: Image,
  workers: number | null,
  more: Readonly<Record<string, string>> = {},
): string {
  const own = {
    DROVER_GRACE_TIMEOUT: `${grace}s`,
    ...(workers !== null && { WEB_CONCURRENCY: `"${workers}"` }),
    ...more,
    // Of the shell, or of a file .env beside this one: it may hold a password.
    ...Object.fromEntries(passed.map((name) => [name, `"\${${name}:?}"`])),
  };
  return `environment:\n${map(own)}`;
}

export function volumes({ mounted }: Image, { app }: Folders, more: readonly string[] = []): string {
  const files = mounted.map((file) => scalar(`${isAbsolute(file) ? file : `${app}/${file}`}:${placeOf(file)}:ro`));
  const all = [...more, ...files];
  return all.length === 0 ? "" : `volumes:\n${list(all)}`;
}
