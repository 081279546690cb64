import { homeOf, socketOf } from "../../src/control/home.ts";
import type { Background } from "./background.ts";
import { isAlive } from "./proc.ts";
import { until } from "./wait.ts";

/** For two workers that are upgraded soon. */
export const SOON = ["--probation", "100ms", "-w", "2"] as const;

export function controlOf({ starter }: { readonly starter: { readonly home: string } }): string {
  return socketOf(homeOf({ DROVER_HOME: starter.home }), "shop");
}

/** Stops the app, and resolves when these primaries are gone, too. */
export async function stopAll(web: Background, ...primaries: readonly number[]): Promise<void> {
  await web.stop();
  await until(() => !primaries.some(isAlive), "the end of all primaries");
}
