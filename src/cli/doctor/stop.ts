import type { Config } from "../../config/config.ts";
import { timeBudget, type Platform } from "../../config/time-budget.ts";
import type { Check } from "./checks.ts";

/** Whether a stop comes to its end before the platform kills. */
export function checkStop({ timeouts }: Config, platform: Platform | null): Check {
  const { text, fix } = timeBudget(timeouts, platform);
  const name = "stop";
  return fix === null ? { name, state: "ok", message: text } : { name, state: "warning", message: text, fix };
}
