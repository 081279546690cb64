import { basename, resolve } from "node:path";
import type { WrittenAddress } from "../../config/address.ts";
import type { Config, Resolved } from "../../config/config.ts";
import { splitWords } from "../../config/split-words.ts";
import { homeOf, socketOf } from "../../control/home.ts";
import { identify } from "../../deploy/nginx/identity.ts";
import { serversOf } from "../../deploy/nginx/servers.ts";
import { renderUpstream } from "../../deploy/nginx/upstream.ts";
import { followApp } from "../../deploy/sync/follow-app.ts";
import { NginxCommand } from "../../deploy/sync/nginx.ts";
import { objectionTo } from "../../deploy/sync/objection.ts";
import { refuseFile } from "../../deploy/sync/refuse-file.ts";
import { demandRootAlone } from "../../deploy/sync/root-alone.ts";
import { Sync, type SyncClock } from "../../deploy/sync/sync.ts";
import { UpstreamFile } from "../../deploy/sync/upstream-file.ts";
import { AppError, EXIT } from "../../errors.ts";
import { spotOf } from "../../protocol/address.ts";
import type { Request, Run } from "../verbs.ts";
import { onlyApp } from "./deploy.ts";

/** Keeps nginx's upstream file in step with the app's slots until TERM or INT, through every end and start of the app. */
export const syncNginx: Run = async (request, io) => {
  const path = resolve(io.cwd, request.own["sync"] as string);
  const words = commandOf(request);
  refuseOthers(request);
  const { sources, resolution } = await onlyApp(request);
  const { config } = resolution;
  const address = baseOf(resolution);
  const { upstream } = identify(config.name);
  const objection = (text: string): string | null => objectionTo(text, upstream);
  const socket = socketOf(homeOf(sources.env), config.name);
  const file = new UpstreamFile(path);
  if (process.geteuid?.() === 0) demandRootAlone(file.path);
  refuseFile(path, objection);
  const nginx = await NginxCommand.find(words);

  const end = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => end.abort());
  // A log that has gone away is no reason to end.
  io.stdout.on("error", () => undefined);
  const say = (line: string): void => void io.stdout.write(`${line}\n`);
  const stays = `${basename(path)} stays as it is`;
  const render = (slots: readonly number[]): string => upstreamOf(config, address, slots);
  const sync = new Sync({ path, file, nginx, render, objection, clock, say });
  await followApp({
    socket,
    signal: end.signal,
    onServed: (served, isFirst) => {
      if (isFirst && served.slots.length === 0) say(`${config.name} starts, or has no --per-slot: ${stays}`);
      sync.served(served);
    },
    onLost: (why) => say(`${config.name} ${why === null ? "does not run" : `cannot be followed: ${why}`}: ${stays}`),
  });
  await sync.end();
  return EXIT.ok;
};

const clock: SyncClock = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Where the app's slots count from. Not what the app tells: it may not say to root's nginx what else to stand in front of. */
function baseOf(resolution: Resolved): WrittenAddress {
  const { local } = serversOf(resolution, []);
  if (resolution.config.perSlot && local !== null) return local;
  const hint = "With one address for all workers nginx's config does not change: run deploy nginx without --sync.";
  throw new AppError("USAGE", "expected --sync together with --per-slot, got --sync alone", hint);
}

function upstreamOf({ name, timeouts }: Config, base: WrittenAddress, slots: readonly number[]): string {
  const servers = slots.map((slot) => spotOf(base, slot));
  return renderUpstream({ app: name, shape: "slots", servers, keepAlive: timeouts.keepAlive });
}

function commandOf({ own }: Request): readonly string[] {
  const text = (own["nginx"] as string | undefined) ?? "nginx";
  const words = splitWords(text);
  if (words !== undefined && words.length > 0) return words;
  const message = `flag --nginx: expected a command, got "${text}"`;
  throw new AppError("USAGE", message, 'As in: --nginx "/opt/nginx/sbin/nginx -c /etc/nginx/other.conf"');
}

/** What is written once is not written here. */
function refuseOthers({ own, json }: Request): void {
  const [other] = Object.keys(own).filter((key) => key !== "sync" && key !== "nginx" && own[key] !== undefined);
  const got = json ? "json" : other?.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (got === undefined) return;
  const hint = "First write nginx's config, with --split-upstream; then run --sync on its upstream file.";
  throw new AppError("USAGE", `expected --sync without --${got}, which is for writing nginx's config`, hint);
}
