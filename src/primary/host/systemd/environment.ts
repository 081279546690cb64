/** What systemd tells a service in its environment. */
export interface ServiceEnvironment {
  /** Where it wants to hear how the service does. */
  readonly notifySocket: string | null;
  /** How often it wants a sign of life, in microseconds. */
  readonly watchdogUsec: number | null;
  readonly sockets: SocketsPassed | null;
}

export interface SocketsPassed {
  /** Descriptors from 3 on. */
  readonly count: number;
  /** By descriptor, as far as they have one. */
  readonly names: readonly string[];
  /** Whom they are for. */
  readonly pid: number;
}

const NAMES = [
  "NOTIFY_SOCKET",
  "WATCHDOG_PID",
  "WATCHDOG_USEC",
  "LISTEN_PID",
  "LISTEN_PIDFDID",
  "LISTEN_FDS",
  "LISTEN_FDNAMES",
] as const;

/** Reads systemd's variables and takes them out of `env`: a worker, or a child of the app, would take them for its own. */
export function takeServiceEnvironment(env: NodeJS.ProcessEnv, pid: number): ServiceEnvironment {
  const taken = readServiceEnvironment(env, pid);
  for (const name of NAMES) Reflect.deleteProperty(env, name);
  return taken;
}

export function readServiceEnvironment(env: NodeJS.ProcessEnv, pid: number): ServiceEnvironment {
  const watchdogIsOurs = [undefined, "", String(pid)].includes(env["WATCHDOG_PID"]);
  return {
    notifySocket: env["NOTIFY_SOCKET"] || null,
    watchdogUsec: watchdogIsOurs ? positive(env["WATCHDOG_USEC"]) : null,
    sockets: readSockets(env),
  };
}

function readSockets(env: NodeJS.ProcessEnv): SocketsPassed | null {
  const count = positive(env["LISTEN_FDS"]);
  const pid = positive(env["LISTEN_PID"]);
  if (count === null || pid === null) return null;
  return { count, pid, names: env["LISTEN_FDNAMES"]?.split(":") ?? [] };
}

function positive(text: string | undefined): number | null {
  const value = /^\d+$/.test(text ?? "") ? Number(text) : 0;
  return value > 0 && Number.isSafeInteger(value) ? value : null;
}
