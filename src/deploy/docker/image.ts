import type { Resolved } from "../../config/config.ts";
import { timeBudget } from "../../config/time-budget.ts";
import { speaksTls } from "../../config/tls.ts";
import { parseStoreAddress } from "../../protocol/store-address.ts";
import { givenFiles, type GivenFiles } from "./given-files.ts";
import { installOf, type Install, type PackageFacts } from "./install.ts";
import { nodeVersion } from "./node-image.ts";
import { adminOf, freeAdmin, portsOf } from "./reach.ts";
import { refuseUnfit } from "./refuse.ts";
import { remarksOf } from "./remarks.ts";

/** All that is to be known of an app to run it in containers. */
export interface Image extends GivenFiles {
  /** What the app is called, on one line. */
  readonly app: string;
  /** The same as Docker allows it: of images, projects and volumes. */
  readonly name: string;
  readonly node: number;
  readonly install: Install;
  readonly builds: boolean;
  /** Whether there is anything to install. */
  readonly hasPackages: boolean;
  /** Whether it has a script that npm runs after an installation of its own accord. */
  readonly prepares: boolean;
  /** Whether the build needs an `.npmrc`, which may hold a password. */
  readonly npmrc: boolean;
  /** The version to install beside the app; `null`: the app depends on Drover. */
  readonly drover: string | null;
  /** Whether the app can talk to Redis. */
  readonly hasRedisClient: boolean;
  /** From `drover` on. */
  readonly command: readonly string[];
  /** What the command line does not say. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables that the container has to be given, since they are not to be in any file. */
  readonly passed: readonly string[];
  /** Where the app is served, the first one first; empty: it serves nothing. */
  readonly ports: readonly number[];
  readonly speaksTls: boolean;
  /** Where the health endpoints are, as options of `http.get`. */
  readonly admin: Readonly<Record<string, string | number>>;
  /** What the app's own `.dockerignore` says, without an end of line; `null`: nothing. */
  readonly ignored: string | null;
  readonly store: "embedded" | "file" | "redis";
  /** Workers that somebody has asked for; `null`: as many as there are CPUs. */
  readonly workers: number | null;
  /** For a person, beside what is left to do. */
  readonly remarks: readonly string[];
  /** Longest silence that is no fault, milliseconds. 0: none is too long. */
  readonly request: number;
  /** From its start until Docker has seen that it is ready, at most. Seconds. */
  readonly ready: number;
  /** From the order to stop to the end, with some more. Seconds. */
  readonly grace: number;
}

export interface Given {
  readonly resolved: Resolved;
  /** The arguments that start it: `start server.js --port=3000`. */
  readonly words: readonly string[];
  /** The folder that becomes the image's. */
  readonly folder: string;
  readonly facts: PackageFacts;
  /** Drover's own. */
  readonly version: string;
}

const GRACE_SLACK = 4;
/** How much longer than the boot it may be until Docker has asked and says healthy. Seconds. */
const TO_BE_SEEN = 30;

/** @throws AppError USAGE where a container could not run it, or nobody would reach it there */
export function describeImage({ resolved, words, folder, facts, version }: Given): Image {
  const { config, origins } = resolved;
  refuseUnfit(resolved, folder);
  const admin = config.admin ?? freeAdmin(resolved);
  const given = givenFiles(config, folder);
  const isFromEnv = (key: string): boolean => origins[key]?.startsWith("env ") === true;
  return {
    app: config.name.replaceAll(/\p{Cc}+/gu, " "),
    name: dockerName(config.name),
    node: nodeVersion(facts.engines),
    install: installOf(facts),
    builds: facts.scripts.includes("build"),
    hasPackages: facts.dependencies.length > 0,
    prepares: facts.scripts.includes("prepare"),
    npmrc: facts.files.includes(".npmrc"),
    drover: facts.dependencies.includes("drover") ? null : version,
    hasRedisClient: facts.dependencies.some((name) => name === "@redis/client" || name === "redis"),
    command: ["drover", ...words.map((word) => below(word, folder))],
    env: {
      ...(config.admin === null && { DROVER_ADMIN: admin }),
      // Neither is in the image: the folder's name is another one there.
      ...((origins["name"]?.endsWith("folder") || isFromEnv("name")) && { DROVER_NAME: config.name }),
      ...(isFromEnv("port") && { PORT: String(config.port) }),
    },
    passed: isFromEnv("store") ? [(origins["store"] ?? "").slice("env ".length)] : [],
    ports: portsOf(resolved),
    speaksTls: speaksTls(config.tls),
    admin: adminOf(admin),
    ...given,
    remarks: remarksOf(config, facts, given.mounted),
    ignored: facts.ignored?.replaceAll(/^\uFEFF|\r/g, "").trimEnd() || null,
    store: storeOf(config.store),
    workers: resolved.workersWhy === origins["workers"] ? config.workers : null,
    request: config.timeouts.request,
    ready: Math.ceil(config.timeouts.boot / 1000) + TO_BE_SEEN,
    grace: Math.ceil(timeBudget(config.timeouts, null).needed / 1000) + GRACE_SLACK,
  };
}

/** Lower case, and nothing but letters, digits and single dashes. */
function dockerName(name: string): string {
  return (name.toLowerCase().match(/[a-z0-9]+/g) ?? ["app"]).join("-");
}

/** Paths are from the folder on, which is another one in the image. */
function below(word: string, folder: string): string {
  const [flag = "", path = word] = /^(--[\w-]+=)(.*)$/s.exec(word)?.slice(1) ?? [];
  return path.startsWith(`${folder}/`) ? `${flag}${path.slice(folder.length + 1)}` : word;
}

function storeOf(written: string): Image["store"] {
  if (written === "embedded") return "embedded";
  return parseStoreAddress(written)?.engine === "redis" ? "redis" : "file";
}
