import type { Deployment } from "../deployment.ts";
import { shellWord } from "../shell-words.ts";
import { buildCommand, dockerfileIn, imageFiles, type Folders } from "./docker.ts";
import { STATE } from "./dockerfile.ts";
import type { Image } from "./image.ts";
import { environment, service, volumes } from "./service.ts";
import { indent, list, scalar } from "./yaml.ts";

export interface ComposeOptions extends Folders {
  /** Of the app, in all its containers together. */
  readonly cpus: number;
  /** Whether the image's own files are to be written too. */
  readonly withImage: boolean;
}

/** What `drover deploy compose` writes: one container, with a worker for each CPU it may use. */
export function renderCompose(image: Image, options: ComposeOptions): Deployment {
  const { app, name, ports, workers } = image;
  const body = [
    service(image, built(options)),
    `cpus: "${options.cpus}"${workers === null ? " # and a worker for each" : ""}`,
    ...(ports.length === 0 ? [] : [`ports:\n${list(ports.map((port) => `"${port}:${port}"`))}`]),
    environment(image, workers),
    volumes(image, options, [`state:${STATE}`]),
  ];
  const text = `# ${app} in one container. Another release takes its place: for a moment nobody answers.
${anotherRelease(image, options)}
# And back, as long as its image is there:
#   TAG=1 docker compose up --detach
name: ${name}

services:
  web:
${indent(body.join("\n"), 4)}

volumes:
  # What the workers share, sessions for one: it outlives the container.
  state:
`;
  return {
    files: [...(options.withImage ? imageFiles(image, options.out) : []), { name: "compose.yaml", text }],
    next: [...firstSteps(image, options), ...image.remarks],
  };
}

function built({ out, app }: Folders): string {
  return `build:
  context: ${scalar(app)}
  dockerfile: ${scalar(dockerfileIn(out))}`;
}

function anotherRelease(image: Image, { app }: Folders): string {
  if (!image.npmrc) return "#   TAG=2 docker compose up --detach --build";
  const build = buildCommand(image, { file: "Dockerfile", folder: app, tag: "2" });
  return `#   ${build.replaceAll(/\p{Cc}+/gu, " ")}
#   TAG=2 docker compose up --detach`;
}

/** Compose's own build knows no secrets, in its older versions. */
function firstSteps(image: Image, options: Folders): readonly string[] {
  return image.npmrc ? buildThenUp(image, options) : [`${into(options)}docker compose up --detach --build`];
}

/** The first start, of an image that Compose does not build. */
export function buildThenUp(image: Image, options: Folders): readonly string[] {
  const build = buildCommand(image, { file: dockerfileIn(options.out), folder: ".", tag: "1" });
  return [build, `${into(options)}docker compose up --detach`];
}

function into({ out }: Folders): string {
  return out === "." ? "" : `cd ${shellWord(out)} && `;
}
