import { isAbsolute } from "node:path";
import type { DeployedFile, Deployment } from "../deployment.ts";
import { shellWord } from "../shell-words.ts";
import { renderDockerfile, STATE } from "./dockerfile.ts";
import { renderIgnore } from "./dockerignore.ts";
import { placeOf } from "./given-files.ts";
import type { Image } from "./image.ts";

/** The folders, as each has to be written in the other. */
export interface Folders {
  /** Of the files, from the app's: `deploy`. */
  readonly out: string;
  /** The app's, from that of the files: `..`. */
  readonly app: string;
}

/** What `drover deploy docker` writes: a Dockerfile, and what its build leaves out. */
export function renderDocker(image: Image, { out }: Folders): Deployment {
  const { name, ports, grace, mounted } = image;
  const run = [
    "docker run --detach --restart unless-stopped",
    `--cpus 2 --stop-timeout ${grace} --env DROVER_GRACE_TIMEOUT=${grace}s`,
    ...ports.map((port) => `--publish ${port}:${port}`),
    ...mounted.map(
      (file) => `--volume ${isAbsolute(file) ? "" : '"$PWD"/'}${shellWord(`${file}:${placeOf(file)}:ro`)}`,
    ),
    ...image.passed.map((variable) => `--env ${variable}`),
    `--volume ${name}-state:${STATE}`,
    `${name}:1`,
  ];
  return {
    files: imageFiles(image, out),
    next: [buildCommand(image, { file: dockerfileIn(out), folder: ".", tag: "1" }), run.join(" "), ...image.remarks],
  };
}

export function imageFiles(image: Image, out: string): readonly DeployedFile[] {
  return [
    { name: "Dockerfile", text: renderDockerfile(image) },
    { name: "Dockerfile.dockerignore", text: renderIgnore(image, out) },
  ];
}

/** From the app's folder. */
export function dockerfileIn(out: string): string {
  return out === "." ? "Dockerfile" : `${out}/Dockerfile`;
}

interface Build {
  readonly file: string;
  readonly folder: string;
  readonly tag: string;
  /** Arguments, as the shell reads them, in place of the folder's `.npmrc`. */
  readonly secret?: string;
}

/** Paths are from where it is run. */
export function buildCommand({ name, npmrc }: Image, { file, folder, tag, secret }: Build): string {
  const more = npmrc ? ` ${secret ?? npmrcSecret(folder)}` : "";
  return `docker build --file ${shellWord(file)} --tag "${name}:${tag}"${more} ${shellWord(folder)}`;
}

/** What hands a build the `.npmrc` of a folder. */
export function npmrcSecret(folder: string): string {
  return `--secret id=npmrc,src=${shellWord(`${folder}/.npmrc`)}`;
}
