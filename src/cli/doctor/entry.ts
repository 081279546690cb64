import type { Config } from "../../config/config.ts";
import { checkSyntax } from "../../config/error-place.ts";
import type { Check } from "./checks.ts";

/** Options of Node behind which code may rewrite the entry before Node reads it. */
const MAY_REWRITE = /^(-r|--require|--import|--loader|--experimental-loader)(=|$)/;

/** Whether Node can read the app's file, which is not run. Nothing is said of TypeScript: `node --check` reads JavaScript only. */
export function checkEntrySyntax({ entry, nodeOptions }: Config): readonly Check[] {
  if (!/\.[cm]?js$/.test(entry)) return [];
  const name = "syntax";
  const mistake = checkSyntax(entry);
  if (mistake === null) return [{ name, state: "ok", message: "Node can read the entry" }];
  const message = `${mistake.place.file}:${mistake.place.at}: ${mistake.message}`;
  if (nodeOptions.some((option) => MAY_REWRITE.test(option)))
    return [{ name, state: "warning", message, fix: "Mend this line, unless a loader in nodeOptions rewrites it." }];
  return [{ name, state: "problem", message, fix: "Mend this line: the app cannot boot before." }];
}
