import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import type { Config } from "../../config/config.ts";
import { homeOf, logOf } from "../../control/home.ts";
import { AppError } from "../../errors.ts";
import type { Check } from "./checks.ts";
import { canCreate } from "./home.ts";

/** Whether the log file can be written: the one that is asked for, else the one that `-d` would write. Nothing is created to find out. */
export async function checkLog({ log, name: app }: Config, env: NodeJS.ProcessEnv): Promise<readonly Check[]> {
  const name = "log";
  const path = log.file ?? backgroundLog(app, env);
  if (path === null) return [];
  const which = log.file === null ? `the log of -d, ${path},` : path;
  if (await isWritable(path)) return [{ name, state: "ok", message: `${which} can be written` }];
  const state = log.file === null ? "warning" : "problem";
  const fix = "Check its folder, or choose another file with --log-file.";
  return [{ name, state, message: `${which} cannot be written by this user`, fix }];
}

/** Null for a user without a home folder, of which the check of the control folder tells. */
function backgroundLog(app: string, env: NodeJS.ProcessEnv): string | null {
  try {
    return logOf(homeOf(env), app);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

async function isWritable(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) return await canCreate(path);
  if (stats.isDirectory()) return false;
  return await access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
}
