import { lookup } from "node:dns/promises";
import { realpathSync, statSync } from "node:fs";
import { isIP } from "node:net";
import { dirname, join, relative } from "node:path";
import type { WrittenAddress } from "../../config/address.ts";
import { boundAddresses } from "../../config/bound-addresses.ts";
import type { Config } from "../../config/config.ts";
import { optionRows } from "../../config/options.ts";
import { plannedRedirects } from "../../config/planned-redirects.ts";
import type { ResolvedApp } from "../../config/resolve.ts";
import type { Deployment } from "../../deploy/deployment.ts";
import { fileName } from "../../deploy/file-name.ts";
import { refuseSecrets } from "../../deploy/systemd/refuse-secrets.ts";
import type { Account, Service } from "../../deploy/systemd/service.ts";
import { systemdUnits } from "../../deploy/systemd/systemd.ts";
import { AppError, type ExitCode } from "../../errors.ts";
import { userName } from "../../primary/workers/identity.ts";
import type { Io } from "../io.ts";
import { startArguments } from "../start-arguments.ts";
import type { Request } from "../verbs.ts";
import { deploy, onlyApp } from "./deploy.ts";
import { givenVariables } from "./given-variables.ts";
import { installUnits, refuseWriting } from "./install-units.ts";
import { writableFolders } from "./writable-folders.ts";

/** Writes the units for systemd, or puts them in place: into `units`, a folder of systemd's. */
export async function deploySystemd(
  request: Request,
  io: Io,
  units: string = "/etc/systemd/system",
): Promise<ExitCode> {
  if (request.own["install"] !== true) return await deploy(render)(request, io);
  refuseWriting(request);
  const app = await onlyApp(request);
  const service = await gather(app, request);
  const { files } = systemdUnits(service);
  const { variables } = service;
  return await installUnits({ folder: units, files, variables, remarks: remarks(service, app) }, request, io);
}

async function render(app: ResolvedApp, request: Request): Promise<Deployment> {
  const service = await gather(app, request);
  const { files, next } = systemdUnits(service);
  return { files, next: [...next, ...remarks(service, app)] };
}

async function gather({ sources, resolution }: ResolvedApp, { own }: Request): Promise<Service> {
  const { config } = resolution;
  const folder = sources.cwd;
  refuseSecrets(resolution);
  const bound = [...boundAddresses(resolution), ...plannedRedirects(config)];
  const held = own["socket"] !== false && config.listen !== false;
  const account = accountOf(config, own["serviceUser"] as string | undefined);
  return {
    name: config.name,
    command: [process.execPath, ...process.execArgv, byItsLink(process.argv[1] ?? "", folder)],
    args: startArguments(sources),
    folder,
    account,
    variables: givenVariables(resolution, sources.env),
    writable: writableFolders({ account, config, folder, sockets: held ? [] : bound }),
    needed: [config.entry, config.cwd, ...resolution.files],
    config,
    sockets: held ? await Promise.all(bound.map(inNumbers)) : [],
    socketGroup: (own["socketGroup"] as string | undefined) ?? null,
    bindsLowPorts: !held && bound.some((address) => address.kind === "tcp" && address.port < 1024),
  };
}

/** @throws AppError USAGE for what systemd cannot listen on */
async function inNumbers(address: WrittenAddress): Promise<WrittenAddress> {
  if (address.kind === "unix") return address;
  if (address.port === 0)
    throw new AppError("USAGE", "expected a port that is known, got 0", "Name one with -p, or use --no-socket.");
  if (address.host === null || isIP(address.host) !== 0) return address;
  try {
    return { ...address, host: (await lookup(address.host)).address };
  } catch (cause) {
    const message = `expected a host that has an address, got "${address.host}"`;
    throw new AppError("ADDRESS_UNAVAILABLE", message, "Write the address itself: --host 10.0.0.7", { cause });
  }
}

/** @throws AppError USAGE for two users at once */
function accountOf({ user: ofWorkers, entry }: Config, user: string | undefined): Account {
  if (ofWorkers !== null && user !== undefined && user !== "root") {
    const message = `expected one user, got --service-user ${user} and, for the workers alone, ${ofWorkers}`;
    throw new AppError(
      "USAGE",
      message,
      "Only a primary that is root can give its workers another user: leave one out.",
    );
  }
  if (ofWorkers !== null || user === "root") return { kind: "root" };
  if (user !== undefined) return { kind: "user", user };
  const { uid } = statSync(dirname(entry));
  return uid === 0 ? { kind: "dynamic" } : { kind: "user", user: userName(uid) };
}

/** A Drover inside of a release that `current` leads to is found by the link, as it will be in the next release. */
function byItsLink(drover: string, folder: string): string {
  const inside = relative(realpathSync(folder), drover);
  return inside.startsWith("..") || inside.startsWith("/") ? drover : join(folder, inside);
}

/** What is not as it is in this shell. */
function remarks(
  { name, command, config, sockets }: Service,
  { resolution: { origins, workersWhy }, sources: { env } }: ResolvedApp,
): readonly string[] {
  const isCounted = config.perSlot && sockets.length > 0 && workersWhy !== origins.workers;
  const left = optionRows().flatMap(([key, { env: own, foreignEnv, secret }]) =>
    [own, foreignEnv].filter((variable) => secret === true && variable && origins[key] === `env ${variable}`),
  );
  return [
    ...left.map(
      (variable) =>
        `${variable} of this shell may be a secret and is not in the unit: put it into /etc/default/${fileName(name)}`,
    ),
    ...(isCounted
      ? [
          `the sockets are for ${config.workers} workers (${workersWhy} here): name the number with -w for any other machine`,
        ]
      : []),
    ...(env["NODE_OPTIONS"] ? ["NODE_OPTIONS of this shell is not in the unit"] : []),
    ...(command.some((path) => path.includes("/_npx/"))
      ? ["Drover lies in npx's cache, which does not last: npm install drover, then do this again"]
      : []),
  ];
}
