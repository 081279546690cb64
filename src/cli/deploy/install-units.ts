import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import type { DeployedFile } from "../../deploy/deployment.ts";
import { shellWord } from "../../deploy/shell-words.ts";
import { AppError, EXIT, type ExitCode } from "../../errors.ts";
import { writeJson, type Io } from "../io.ts";
import type { Request } from "../verbs.ts";
import { writeFiles } from "./write-files.ts";

export interface Installation {
  /** Where systemd looks for the units of this machine. */
  readonly folder: string;
  readonly files: readonly DeployedFile[];
  /** For a person, afterwards. */
  readonly remarks: readonly string[];
  /** Of this shell, by which options were set. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * @throws AppError USAGE for flags of those who only write the files: systemd takes units by name, from its own folder
 */
export function refuseWriting({ own }: Request): void {
  const other = ["print", "out"].find((flag) => own[flag] !== undefined);
  if (other === undefined) return;
  const hint = `Leave --install out to look through the units first, or --${other} to have them in place.`;
  throw new AppError("USAGE", `expected --install or --${other}, got both`, hint);
}

/**
 * Puts the units in place, enables them and starts them; answers when the app is ready.
 * @throws AppError INSTALL_FAILED without root or systemd, and when systemd refuses; FILE_EXISTS for other units of that name
 */
export async function installUnits(
  { folder, files, remarks, variables }: Installation,
  { own, json }: Request,
  io: Io,
): Promise<ExitCode> {
  const systemctl = openSystemctl(io);
  demandRoot(io.cwd === process.cwd() ? variables : { PWD: io.cwd, ...variables });
  demandSystemd(systemctl);
  // The socket first: the service is started on it.
  const units = files.map(({ name }) => name).toReversed();
  const service = units.find((name) => name.endsWith(".service")) ?? "";
  for (const unit of units) refuseForeign(systemctl, unit, folder);
  const wasActive = systemctl("is-active", "--quiet", service).status === 0;
  const written = writeFiles(folder, files, own["force"] === true);
  demand(systemctl("daemon-reload"), "systemd could not read its units anew");
  demand(systemctl("enable", "--now", ...units), `${service} could not be started`, () => wordsOf(systemctl, service));
  const isOld = wasActive && written.some(({ outcome }) => outcome === "written");
  if (json) writeJson(io, { folder, files: written, active: true, restart: isOld });
  else tell(folder, units, isOld, io);
  if (!json) for (const remark of remarks) io.stderr.write(`${remark}\n`);
  return EXIT.ok;
}

interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** There is none. */
  readonly missing: boolean;
}

type Systemctl = (...words: readonly string[]) => Answer;

function openSystemctl({ env }: Io): Systemctl {
  return (...words) => {
    const { status, stdout, stderr, error } = spawnSync("systemctl", words, { encoding: "utf8", env });
    return { status, stdout, stderr, missing: error !== undefined };
  };
}

/** `variables`: what the units depend on, and sudo would keep back. */
function demandRoot(variables: Readonly<Record<string, string>>): void {
  if (process.geteuid?.() === 0) return;
  const given = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const words = [...(given.length > 0 ? ["env", ...given] : []), process.execPath, ...process.argv.slice(1)];
  const command = words.map(shellWord).join(" ");
  throw new AppError("INSTALL_FAILED", "expected root, who alone may add services", `sudo ${command}`);
}

function demandSystemd(systemctl: Systemctl): void {
  const { stdout, missing } = systemctl("is-system-running");
  const state = missing ? "no systemctl" : stdout.trim();
  if (!missing && state !== "offline" && state !== "unknown" && state !== "") return;
  throw new AppError(
    "INSTALL_FAILED",
    `expected systemd to run this machine, got ${state === "" ? "no answer" : state}`,
    "Without --install the units are written to a folder. In a container: drover deploy docker.",
  );
}

/** An app called nginx would take the place of nginx. */
function refuseForeign(systemctl: Systemctl, unit: string, folder: string): void {
  const there = systemctl("show", "--property=FragmentPath", "--value", unit).stdout.trim();
  if (there === "" || dirname(there) === folder) return;
  throw new AppError("FILE_EXISTS", `expected no other unit called ${unit}, got ${there}`, "Choose another --name.");
}

function demand({ status, stderr }: Answer, what: string, more = (): string => ""): void {
  if (status === 0) return;
  throw new AppError("INSTALL_FAILED", [what, stderr.trim(), more()].filter(Boolean).join("\n"));
}

/** What systemd and the app have to say about it. */
function wordsOf(systemctl: Systemctl, service: string): string {
  return systemctl("status", "--no-pager", "--full", "--lines=20", service).stdout.trim();
}

function tell(folder: string, units: readonly string[], isOld: boolean, io: Io): void {
  for (const unit of units) io.stdout.write(`${join(folder, unit)}\n`);
  const outcome = isOld
    ? `It runs by its former units still: systemctl restart ${units.join(" ")}`
    : "It is ready, and starts with the machine.";
  io.stderr.write(`${outcome}\n`);
}
