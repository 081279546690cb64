/** What one app of a pm2 file says, unchecked, under pm2's own names: of several names for one thing the one its documentation uses. */
export type Pm2App = Readonly<Record<string, unknown>>;

/** The other names pm2 takes for a key. */
const ALIASES: Readonly<Record<string, string>> = {
  exec: "script",
  cmd: "script",
  command: "script",
  exec_interpreter: "interpreter",
  node_args: "interpreter_args",
  out: "out_file",
  output: "out_file",
  out_log: "out_file",
  error: "error_file",
  err: "error_file",
  err_file: "error_file",
  err_log: "error_file",
  log: "log_file",
  combine_logs: "merge_logs",
  pid: "pid_file",
  cron: "cron_restart",
  user: "uid",
};

/** Brings every name to the documented one; camel case counts as pm2 takes it too. A key whose value is nothing is left out. */
export function toPm2App(written: object): Pm2App {
  const app: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(written)) {
    if (value === undefined || value === null) continue;
    app[documentedName(key)] ??= value;
  }
  return app;
}

function documentedName(key: string): string {
  // The name of an environment is the user's own word.
  if (key.startsWith("env_")) return key;
  const snake = key === "windowsHide" ? key : key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return ALIASES[snake] ?? snake;
}

/** A value as text; empty for what is neither text nor a number. */
export function textOf(app: Pm2App, key: string): string {
  const value = app[key];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
