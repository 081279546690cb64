import type { Command } from "../../protocol/control.ts";
import type { Primary } from "../primary.ts";
import type { Commands } from "./commands.ts";

/** One keystroke can arrive twice: from the terminal, and again from npm, which passes it on. Milliseconds. */
const ECHO = 300;

/** The first TERM or INT drains; any later one, or QUIT, stops at once. */
export function obeyStopSignals(primary: Primary): void {
  let first: number | null = null;
  const stop = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (first !== null && signal !== "SIGQUIT" && now - first < ECHO) return;
    primary.stop(signal, first !== null || signal === "SIGQUIT");
    first ??= now;
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) process.on(signal, stop);
  // A closed terminal ends what ran in it; to anything else HUP means reload.
  if (process.stdin.isTTY || process.stdout.isTTY) process.on("SIGHUP", stop);
}

/** The signals of Puma, unicorn and gunicorn, as the commands they stand for. */
export function obeyCommandSignals(commands: Commands): void {
  const onSignal = (signal: NodeJS.Signals, command: Command): void => {
    // How it went is in the log.
    process.on(signal, () => void commands.execute(command, signal).catch(() => undefined));
  };
  onSignal("SIGUSR2", { verb: "upgrade", program: null });
  onSignal("SIGTTIN", { verb: "scale", by: 1 });
  onSignal("SIGTTOU", { verb: "scale", by: -1 });
  // Otherwise Node would open its inspector.
  onSignal("SIGUSR1", { verb: "reopen" });
  if (process.listenerCount("SIGHUP") === 0) onSignal("SIGHUP", { verb: "reload" });
}
