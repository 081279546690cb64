import type { OptionKey } from "../config/option.ts";
import type { Pm2App } from "./pm2-app.ts";

/** What becomes of one key: options of Drover, by their dotted keys, and a remark where there is something to know. */
export interface Outcome {
  readonly options?: Partial<Record<OptionKey, unknown>>;
  readonly remark?: string;
}

type Rule = (value: unknown, app: Pm2App) => Outcome;

/** Every key that pm2 knows, but for those that say what is run (run.ts) and with which variables (variables.ts). */
export const RULES: Readonly<Record<string, Rule>> = {
  name: is("name"),
  cwd: nothing,
  instances: nothing,
  exec_mode: nothing,
  env_file: is("envFile"),

  wait_ready: is("waitReady"),
  shutdown_with_message: is("shutdownMessage"),
  kill_timeout: milliseconds("timeouts.drain"),
  listen_timeout: milliseconds(
    "timeouts.boot",
    "is a limit now: a worker that is not ready by then has failed, where pm2 went on as if it were",
  ),
  kill_retry_time: left("a worker is killed once, when timeouts.drain is over"),
  treekill: unless(true, "Drover ends its workers; what they have started is theirs to end, as with treekill: false"),

  autorestart: (value) => (value === false ? { options: { restart: "never" } } : {}),
  stop_exit_codes: left('a worker that ends is replaced whatever its exit code, unless restart is "never"'),
  autostart: unless(true, "start the others by name: drover start NAME …"),
  min_uptime: left("built in: a worker counts as healthy once it has answered a request"),
  max_restarts: left(
    "built in: three failed boots in a row end Drover; an app that was healthy once is never given up",
  ),
  restart_delay: left("built in: at once after it has served, else 100 ms, 200 ms, … up to 15 s"),
  exp_backoff_restart_delay: left("built in: at once after it has served, else 100 ms, 200 ms, … up to 15 s"),
  max_memory_restart: (value) =>
    isNone(value) ? {} : { options: { "recycle.memory": typeof value === "string" ? binarySize(value) : value } },
  cron_restart: unlessNone("have cron or a systemd timer run: drover reload NAME"),

  watch: (value) => {
    if (value === false) return {};
    const options = { watch: true };
    return value === true
      ? { options }
      : { options, remark: "Drover watches the files the app has loaded, not a list" };
  },
  ignore_watch: left("not needed: Drover watches only the files the app has loaded"),
  watch_delay: left("built in"),
  watch_options: left("not needed: Drover watches only the files the app has loaded"),

  log_file: logFile,
  out_file: (value, app) => (typeof app["log_file"] === "string" ? besideLog() : logFile(value)),
  error_file: (_, app) => {
    if (typeof (app["log_file"] ?? app["out_file"]) === "string") return besideLog();
    return { remark: "stdout and stderr go to one file, where each line says which it was: log.file" };
  },
  merge_logs: left("built in: all workers write to one log, each line with its slot and pid"),
  log_type: (value) => (value === "json" ? { options: { "log.format": "json" } } : {}),
  log_date_format: left("built in: each line has its time"),
  time: left("built in: each line has its time"),
  disable_logs: unless(false, "in the foreground send stdout where you want: drover start > /dev/null"),
  pid_file: left("none is written: drover status NAME --json has the pids"),

  uid: account("user"),
  gid: account("group"),
  port: nothing,
  instance_var: (value) =>
    value === "NODE_APP_INSTANCE"
      ? {}
      : { remark: "the variable is NODE_APP_INSTANCE (0, 1, …): read that in the app" },
  increment_var: left("workers share one port; what must differ, the app computes from NODE_APP_INSTANCE (0, 1, …)"),
  filter_env: unless(false, "the app gets Drover's environment: start Drover with less in it (env -i)"),

  namespace: unless("default", "there are none: verbs take the names of apps, or act on the app of the folder"),
  name_prefix: left("write it into the name"),
  append_env_to_name: unless(false, "write it into the name"),
  post_update: left("run these commands in your deploy script, before drover reload NAME"),
  source_map_support: left("built in: stacks in the log are mapped back to the sources"),
  disable_source_map_support: left("nothing is switched on in the app: only the log maps stacks back to the sources"),
  force: left("not needed: an app runs once under each name"),
  ...ofPm2(["vizion", "pmx", "automation", "trace", "disable_trace", "v8", "event_loop_inspector", "deep_monitoring"]),
  ...ofPm2(["io", "write", "username", "windowsHide", "install_url", "execute_command"]),
};

function nothing(): Outcome {
  return {};
}

function is(key: OptionKey): Rule {
  return (value) => (value === false ? {} : { options: { [key]: value } });
}

/** No option of Drover says this; what serves its purpose. */
function left(remark: string): Rule {
  return () => ({ remark });
}

/** The value that pm2 takes by itself needs no remark. */
function unless(standard: unknown, remark: string): Rule {
  return (value) => (value === standard ? {} : { remark });
}

function unlessNone(remark: string): Rule {
  return (value) => (isNone(value) ? {} : { remark });
}

function isNone(value: unknown): boolean {
  return ["", "0", 0, false].some((none) => value === none);
}

/** Its K, M and G are powers of 1024; a number alone is bytes. */
function binarySize(written: string): string {
  return written
    .trim()
    .replace(/^(\d+)([KMG]?)$/, (_, number: string, unit: string) => `${number}${unit && `${unit}i`}B`);
}

function milliseconds(key: OptionKey, remark?: string): Rule {
  return (value) => {
    const number = typeof value === "string" && /^\d+$/.test(value.trim()) ? Number(value) : value;
    return { options: { [key]: number }, ...(remark !== undefined && { remark }) };
  };
}

function account(key: "user" | "group"): Rule {
  return (value) => ({ options: { [key]: value } });
}

const NOWHERE = ["/dev/null", "NULL", "null"];

function logFile(value: unknown): Outcome {
  if (typeof value !== "string" || value === "") return {};
  if (NOWHERE.includes(value))
    return { remark: "in the foreground send stdout where you want: drover start > /dev/null" };
  return { options: { "log.file": value } };
}

function besideLog(): Outcome {
  return { remark: "stdout and stderr go to the one file in log.file, where each line says which it was" };
}

/** Most write them to switch them off. */
function ofPm2(keys: readonly string[]): Readonly<Record<string, Rule>> {
  return Object.fromEntries(keys.map((key) => [key, unless(false, "pm2's own: nothing is lost without it")]));
}
