import { execFileSync } from "node:child_process";
import { AppError } from "../../errors.ts";
import type { Owner } from "../../placement/look-at.ts";

export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/** The numbers behind `user` and `group`. A user alone brings its own primary group, so that no worker keeps root's. */
export function identify(user: string | null, group: string | null): Identity {
  const uid = user === null ? undefined : number(user, "user", ["-u", user]);
  const gid = group === null ? primaryGroupOf(user) : groupNumber(group);
  if (uid !== undefined || gid !== undefined) demandRoot(user ?? group ?? "");
  return { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
}

/** Its name, or the number where nobody has that. */
export function userName(uid: number): string {
  try {
    return ask("id", ["-nu", String(uid)], "user", String(uid)) || String(uid);
  } catch {
    return String(uid);
  }
}

/** Whose the workers' files are. */
export function ownerOf({ uid, gid }: Identity): Owner {
  const own = process.geteuid?.() ?? 0;
  return { uid: uid ?? own, gid: gid ?? process.getegid?.() ?? 0, foreign: uid !== undefined && uid !== own };
}

function demandRoot(name: string): void {
  if (process.geteuid?.() === 0) return;
  const hint = "Start Drover as root, or leave user and group out.";
  throw new AppError("USER_FORBIDDEN", `only root may run workers as another user or group, got "${name}"`, hint);
}

function primaryGroupOf(user: string | null): number | undefined {
  return user === null ? undefined : number(user, "user", ["-g", user], /^$/);
}

function number(name: string, what: "user", args: string[], literal = /^\d+$/): number {
  if (literal.test(name)) return Number(name);
  return Number(ask("id", args, what, name));
}

function groupNumber(name: string): number {
  if (/^\d+$/.test(name)) return Number(name);
  return Number(ask("getent", ["group", name], "group", name).split(":")[2]);
}

/** The system's own tools know every source of users, such as LDAP; /etc/passwd alone does not. */
function ask(command: string, args: string[], what: "user" | "group", name: string): string {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch (cause) {
    const hint = `Name an existing ${what} or give its number.`;
    throw new AppError("USER_UNKNOWN", `expected a ${what} of this machine, got "${name}"`, hint, { cause });
  }
}
