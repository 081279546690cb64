import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { ResolvedApp } from "../../config/resolve.ts";
import type { Folders } from "../../deploy/docker/docker.ts";
import { describeImage, type Image } from "../../deploy/docker/image.ts";
import { VERSION } from "../../version.ts";
import type { Io } from "../io.ts";
import { startArguments } from "../start-arguments.ts";
import type { Request } from "../verbs.ts";
import { lookAtPackage } from "./look-at-package.ts";

/** The app as a container would run it, and where its files go. The folder that Drover is called in becomes the image. */
export function describeApp({ sources, resolution }: ResolvedApp, { own }: Request, io: Io): AppInImage {
  // How many workers the container is to decide, by its CPUs.
  const { workers: _, ...flags } = sources.flags;
  const words = startArguments({ ...sources, flags });
  const facts = lookAtPackage(io.cwd);
  const out = resolve(io.cwd, (own["out"] as string | undefined) ?? "deploy");
  return {
    image: describeImage({ resolved: resolution, words, folder: io.cwd, facts, version: VERSION }),
    folders: { out: relative(io.cwd, out) || ".", app: relative(out, io.cwd) || "." },
    hasDockerfile: existsSync(join(out, "Dockerfile")),
  };
}

export interface AppInImage {
  readonly image: Image;
  readonly folders: Folders;
  readonly hasDockerfile: boolean;
}
