import { readdirSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { styleText } from "node:util";
import { nest } from "../config/nest.ts";
import { showPath } from "../config/show.ts";
import { AppError, EXIT, type ExitCode } from "../errors.ts";
import { loadPm2File, type Pm2File } from "../migrate/load.ts";
import { lookInto } from "../migrate/look.ts";
import { migrate, type Migration } from "../migrate/migrate.ts";
import type { Remark } from "../migrate/remark.ts";
import { renderModule } from "../migrate/render-module.ts";
import { writeJson, type Io } from "./io.ts";
import { hangingLine } from "./table.ts";
import type { Request } from "./verbs.ts";

// It loads whatever type package.json has, needs no TypeScript, and may hold comments.
const NAME = "drover.config.mjs";

const COMPUTED: Remark = {
  key: "process.env",
  text: `what the file computes was taken as it is in this shell: see that ${NAME} holds no secret by it`,
};

/** Writes a config file beside one of pm2; what has no counterpart goes to stderr. */
export async function migrateFile({ operands, own, json }: Request, io: Io): Promise<ExitCode> {
  const file = await loadPm2File(operands[0], io.cwd);
  const found = migrate(file.content, file.shown, worldOf(file, own, io));
  const migration = file.readsEnvironment ? { ...found, remarks: [...found.remarks, COMPUTED] } : found;
  refuseUnfit(migration, file.shown);
  const target = join(dirname(file.path), NAME);
  write(target, renderModule(migration.config, file.shown), file, own["force"] === true);
  const shown = showPath(target, io.cwd);
  if (json) writeJson(io, asObject(migration, shown));
  else tell(migration, shown, io);
  return EXIT.ok;
}

function worldOf(file: Pm2File, own: Request["own"], io: Io) {
  const { env: environment } = own;
  return {
    folder: dirname(file.path),
    home: io.env["HOME"] ?? homedir(),
    // The file may have loaded an env file into the environment by now.
    isInherited: (name: string, value: string) => file.readsEnvironment && io.env[name] === value,
    look: lookInto,
    ...(typeof environment === "string" && { environment }),
  };
}

function refuseUnfit({ apps }: Migration, shown: string): void {
  if (apps.some(({ options }) => options !== null)) return;
  const reasons = apps.flatMap(({ name, remarks }) => remarks.map(({ text }) => `${name}: ${text}.`));
  throw new AppError("MIGRATE_UNREADABLE", `${shown}: expected an app that Node runs, got none`, reasons.join("\n"));
}

function write(target: string, text: string, { path }: Pm2File, force: boolean): void {
  const folder = dirname(target);
  const other = readdirSync(folder).find((name) => name.startsWith("drover.config.") && (!force || name !== NAME));
  if (other !== undefined) {
    const hint =
      other === NAME ? "Write over it with --force." : "Drover reads one config file of a folder: rename it first.";
    throw new AppError("FILE_EXISTS", `expected no drover.config.* in ${folder}, got ${other}`, hint);
  }
  try {
    // Variables are often secrets: whoever may not read the one file shall not read the other.
    writeFileSync(target, text, { mode: statSync(path).mode & 0o666, flag: force ? "w" : "wx" });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new AppError(
      "FILE_UNWRITABLE",
      `expected to write ${target}, got ${reason}`,
      "Check the folder's permissions.",
    );
  }
}

function asObject({ apps, remarks }: Migration, file: string): object {
  const answers = apps.map(({ name, options, remarks }) => ({ name, options: options && nest(options), remarks }));
  return { file, apps: answers, remarks };
}

function tell({ apps, remarks }: Migration, shown: string, io: Io): void {
  const taken = apps.flatMap(({ name, options }) => (options === null ? [] : [name]));
  io.stdout.write(`${shown}: ${taken.join(", ")}\n`);
  for (const { name, options, remarks } of apps)
    tellRemarks(options === null ? `${name}, left out` : name, remarks, io);
  tellRemarks("beside the apps", remarks, io);
  io.stderr.write(`\nLook it over, then: drover config validate && drover start\n`);
}

function tellRemarks(title: string, remarks: readonly Remark[], io: Io): void {
  if (remarks.length === 0) return;
  const width = Math.min(io.stderr.columns ?? 100, 100);
  const indent = Math.max(...remarks.map(({ key }) => key.length)) + 4;
  const lines = remarks.map(({ key, text }) => hangingLine(`  ${key}`, indent, text, width));
  io.stderr.write(`\n${styleText("bold", title, { stream: io.stderr })}\n${lines.join("")}`);
}
