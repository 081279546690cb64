import type { Image } from "./image.ts";
import { CACHE } from "./install.ts";

/** Where the app keeps what outlives it, in the image. */
export const STATE = "/state";

/** The text of a Dockerfile, for BuildKit. */
export function renderDockerfile(image: Image): string {
  const { app, node, install, builds, drover } = image;
  const stages = [
    `FROM node:${node}-bookworm-slim AS base
WORKDIR /app${install.prepare === null ? "" : `\nRUN ${install.prepare}`}`,
    `# What it needs to run. Made anew only when these files change.
FROM base AS dependencies
${installed(image, install.production)}`,
    builds ? buildStage(image) : "",
    `FROM node:${node}-bookworm-slim
WORKDIR /app
# Process 1 has to take the dead off the kernel's list, and pass signals on: tini does, Node does not.
RUN apt-get update \\
 && apt-get install --yes --no-install-recommends tini \\
 && rm -rf /var/lib/apt/lists/* \\
 && install --directory --owner=node --group=node --mode=0700 ${STATE}${drover === null ? "" : ` \\\n && npm install --global drover@${drover}`}
${environment(image)}
# They are root's: the app can read its code, and cannot change it.
${copied(image)}
# node, as a number: Kubernetes (runAsNonRoot) does not know names.
USER 1000:1000
${image.ports.length === 0 ? "" : `EXPOSE ${image.ports.join(" ")}\n`}${health(image)}
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/tini", "--"]
# Without a shell or npm in between, so that Drover gets its signals.
CMD ${exec(image.command)}`,
  ];
  const head = `# The image of ${app}. The folder it is built from is the app's.`;
  return `${[head, ...stages.filter((stage) => stage !== "")].join("\n\n")}\n`;
}

/** The script `prepare` wants what is not there yet: the sources, or a tool of developers such as husky. */
const SKIP_PREPARE = "npm pkg delete scripts.prepare";

function installed({ install, npmrc, prepares, hasPackages }: Image, command: string): string {
  // A secret is in no layer.
  const mounts = [`cache,target=${CACHE}`, ...(npmrc ? ["secret,id=npmrc,target=/app/.npmrc"] : [])];
  const commands = [...(prepares ? [SKIP_PREPARE] : []), command, ...(hasPackages ? [] : ["mkdir -p node_modules"])];
  return `COPY ${["package.json", ...install.needs].join(" ")} ./
RUN ${mounts.map((mount) => `--mount=type=${mount} `).join("")}${commands.join(" && ")}`;
}

function buildStage(image: Image): string {
  return `FROM base AS build
${installed(image, image.install.all)}
COPY . .
RUN ${image.install.run} && rm -rf node_modules`;
}

function copied({ builds }: Image): string {
  return `COPY --from=dependencies /app/node_modules ./node_modules
COPY ${builds ? "--from=build /app" : "."} ./`;
}

function environment({ env }: Image): string {
  const all = {
    NODE_ENV: "production",
    PATH: "/app/node_modules/.bin:$PATH",
    // For its control socket, and the store where it is a file: the only folder it writes to.
    DROVER_HOME: STATE,
  };
  const given = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`);
  return `ENV ${[...Object.entries(all).map(([name, value]) => `${name}=${value}`), ...given].join(" \\\n    ")}`;
}

function quoted(value: string): string {
  const plain = value.replaceAll(/\p{Cc}+/gu, " ");
  return /^[\w./:@-]+$/.test(plain) ? plain : `"${plain.replaceAll(/["\\$]/g, String.raw`\$&`)}"`;
}

function health({ admin, ready }: Image): string {
  const ask = `require("node:http").get(${JSON.stringify({ ...admin, path: "/readyz" })}, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on("error", () => process.exit(1))`;
  return `# Ready: at least half of the workers are. Often at the start, which somebody waits for; then seldom, since each time takes a Node of its own.
HEALTHCHECK --interval=30s --timeout=10s --start-period=${ready}s --start-interval=2s --retries=3 \\
  CMD ${exec(["node", "-e", ask])}`;
}

function exec(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(", ")}]`;
}
