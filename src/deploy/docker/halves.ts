import { AppError } from "../../errors.ts";
import type { Deployment } from "../deployment.ts";
import { buildThenUp, type ComposeOptions } from "./compose.ts";
import { imageFiles } from "./docker.ts";
import { renderHalvesCompose } from "./halves-compose.ts";
import { renderHalvesNginx } from "./halves-nginx.ts";
import type { Image } from "./image.ts";
import { renderSwap } from "./swap.ts";

/**
 * What `drover deploy compose --two` writes: two containers with half of the CPUs each, behind nginx, and a script that replaces one after the other.
 * @throws AppError USAGE for an app that cannot be halved
 */
export function renderHalves(image: Image, options: ComposeOptions): Deployment {
  const [port, ...others] = image.ports;
  if (port === undefined) throw unfit("that serves something", "a background worker", "One container is enough.");
  if (others.length > 0) throw unfit("with one address", `${others.length + 1}`, "Leave all but one --listen out.");
  if (image.speaksTls)
    throw unfit("of plain HTTP behind nginx", "TLS", "Add --tls off; nginx.conf says where its certificate goes.");
  if (image.store === "file")
    throw unfit("whose halves can share a store", "a file of one of them", "Leave --store out, or name a Redis.");
  return {
    files: [
      ...(options.withImage ? imageFiles(image, options.out) : []),
      { name: "compose.yaml", text: renderHalvesCompose(image, options) },
      { name: "nginx.conf", text: renderHalvesNginx(image, port) },
      { name: "swap", text: renderSwap(image, options), executable: true },
      { name: "aside/README", text: ASIDE },
    ],
    next: [
      ...(image.store === "redis" || image.hasRedisClient
        ? []
        : ["npm install @redis/client   # the two share their sessions through Redis"]),
      ...buildThenUp(image, options),
      "./swap 2   # the next release",
      ...image.remarks,
    ],
  };
}

function unfit(expected: string, got: string, hint: string): AppError {
  return new AppError("USAGE", `--two: expected an app ${expected}, got ${got}`, hint);
}

const ASIDE =
  "While a file web-1 or web-2 is here, nginx sends that half no requests. The script swap makes and removes them.\n";
