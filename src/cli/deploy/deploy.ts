import { resolve } from "node:path";
import { resolveApps, type ResolvedApp } from "../../config/resolve.ts";
import { showPath } from "../../config/show.ts";
import type { Deployment } from "../../deploy/deployment.ts";
import { AppError, EXIT } from "../../errors.ts";
import { writeJson, type Io } from "../io.ts";
import type { Request, Run, Verb } from "../verbs.ts";
import { writeFiles, type Written } from "./write-files.ts";

/** Flags of every `deploy` verb. */
export const DEPLOY_FLAGS: NonNullable<Verb["flags"]> = [
  ["--out <folder>", "where the files go (deploy)"],
  ["--print", "print them instead"],
  ["--force", "write over files that are different"],
];

type Render = (app: ResolvedApp, request: Request, io: Io) => Deployment | Promise<Deployment>;

/** A verb that writes the files with which something else runs this app, or stands in front of it. */
export function deploy(render: Render): Run {
  return async (request, io) => {
    refuseTwoAnswers(request);
    const deployment = await render(await onlyApp(request), request, io);
    if (request.own["print"] === true) {
      io.stdout.write(printed(deployment));
      return EXIT.ok;
    }
    const folder = resolve(io.cwd, (request.own["out"] as string | undefined) ?? "deploy");
    const written = writeFiles(folder, deployment.files, request.own["force"] === true);
    if (request.json) writeJson(io, { folder, files: written.map(({ name, outcome }) => ({ name, outcome })) });
    else tell(folder, written, deployment, io);
    return EXIT.ok;
  };
}

function refuseTwoAnswers({ own, json }: Request): void {
  if (own["print"] !== true || !json) return;
  const hint = "--print prints the files, --json says which were written: leave one of them out.";
  throw new AppError("USAGE", "expected --print or --json, got both", hint);
}

/** The app that such a verb is for. @throws AppError USAGE where there are several, and what resolving throws */
export async function onlyApp({ sources, operands }: Request): Promise<ResolvedApp> {
  const apps = await resolveApps(sources, operands);
  const [app] = apps;
  if (app !== undefined && apps.length === 1) return app;
  const names = apps.map(({ resolution }) => resolution.config.name).join(", ");
  throw new AppError("USAGE", `expected one app, got ${apps.length}: ${names}`, "Name one of them after the verb.");
}

/** Several files with a line before each, as `head` prints them. */
function printed({ files }: Deployment): string {
  if (files.length === 1) return files[0]?.text ?? "";
  return files.map(({ name, text }) => `==> ${name} <==\n${text}`).join("\n");
}

function tell(folder: string, written: readonly Written[], { next }: Deployment, io: Io): void {
  for (const { name, outcome } of written)
    io.stdout.write(`${showPath(resolve(folder, name), io.cwd)}${outcome === "unchanged" ? " (unchanged)" : ""}\n`);
  if (next.length > 0) io.stderr.write(`\n${next.join("\n")}\n`);
}
