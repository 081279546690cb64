import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import { checkRunFolder, homeOf, socketOf } from "../../control/home.ts";
import { AppError } from "../../errors.ts";
import type { Check } from "./checks.ts";

/** Whether the other verbs will reach the app. Nothing is created to find out. */
export async function checkHome(env: NodeJS.ProcessEnv, app: string): Promise<Check> {
  const name = "control";
  try {
    const home = homeOf(env);
    socketOf(home, app);
    if (await checkRunFolder(home.run)) return { name, state: "ok", message: `${home.run} is yours alone` };
    if (await canCreate(home.run)) return { name, state: "ok", message: `${home.run} can be created` };
    const message = `${home.run} cannot be created: status, reload and the other verbs will not reach the app`;
    return { name, state: "warning", message, fix: "Set DROVER_HOME to a folder this user may write to." };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { name, state: "warning", message: error.message, ...(error.hint !== undefined && { fix: error.hint }) };
  }
}

/** As far up as it takes to find what is there. */
export async function canCreate(folder: string): Promise<boolean> {
  const parent = dirname(folder);
  try {
    await access(parent, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" && parent !== folder && (await canCreate(parent));
  }
}
