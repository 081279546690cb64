import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { runCli, type Exit } from "./drover.ts";
import { temporaryFolder } from "./fixture.ts";
import { holdStream, type HeldSocket } from "./held-sockets.ts";
import { LogReader } from "./log-reader.ts";
import { openNotifySocket } from "./notify-socket.ts";
import { kill, pidsWithEnv } from "./proc.ts";
import { need } from "./tools.ts";
import { commandOf, parseUnit, valuesOf, wholeOf, wordsOf, type Settings } from "./unit-file.ts";
import { until, within } from "./wait.ts";

/** What systemd gives to a service that asks for nothing. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** As systemd connects a service with the journal: both streams lead there, and their descriptor's own numbers are named. */
const EXEC = 'LISTEN_PID=$$ JOURNAL_STREAM=$(stat -Lc %d:%i /proc/$$/fd/1) exec "$@" 2>&1';

/** One run of a service, from its start to its end. */
export interface Run {
  readonly pid: number;
  readonly log: LogReader;
  readonly exit: Promise<Exit>;
  /** As `ExecStop=` is by default: TERM, and the wait for the end. */
  readonly stop: () => Promise<Exit>;
}

/** A pair of units and what systemd would do with them: it holds the sockets from the beginning to the test's end. */
export interface ServiceManager {
  readonly sockets: readonly HeldSocket[];
  /** Answers when the service has said that it is ready. */
  start(): Promise<Run>;
  /** Runs `ExecReload=` to its end. */
  reload(): Promise<Exit>;
}

/**
 * Reads what `drover deploy systemd` has written to `folder`, and runs exactly that. What a unit has in /run and /var/lib is in a folder of the
 * test instead, and users and confinement are left out.
 */
async function manageService(t: TestContext, folder: string, name: string): Promise<ServiceManager> {
  const service = read(join(folder, `${name}.service`));
  const socket = read(join(folder, `${name}.socket`));
  const systemd = await openNotifySocket(t);
  const sockets: HeldSocket[] = [];
  for (const stream of valuesOf(socket, "Socket", "ListenStream"))
    sockets.push(await holdStream(t, wholeOf(stream), `${name}.socket`));
  const root = temporaryFolder(t);
  const mark = `DROVER_TEST_MARK=${randomUUID()}`;
  const env = {
    ...environmentOf(service, root, name),
    ...variable(mark),
    NOTIFY_SOCKET: systemd.path,
    LISTEN_FDS: String(sockets.length),
    LISTEN_FDNAMES: sockets.map((held) => held.name).join(":"),
  };
  t.after(async () => {
    for (const pid of pidsWithEnv(mark)) kill(pid, "SIGTERM");
    try {
      await until(() => pidsWithEnv(mark).length === 0, "the service to end");
    } finally {
      for (const pid of pidsWithEnv(mark)) kill(pid, "SIGKILL");
    }
  });
  const run = (setting: string, passed: readonly number[]) => {
    const [line = ""] = valuesOf(service, "Service", setting);
    const [cwd = ""] = valuesOf(service, "Service", "WorkingDirectory").map(wholeOf);
    return spawn("sh", ["-c", EXEC, "sh", ...commandOf(line)], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe", ...passed] as ["ignore", "pipe", "pipe"],
    });
  };
  return {
    sockets,
    start: async () => {
      const before = systemd.messages().length;
      const child = run(
        "ExecStart",
        sockets.map(({ fd }) => fd),
      );
      const log = new LogReader(child.stdout, child.stderr);
      const exit = once(child, "close").then(([code, signal]): Exit => ({ code, signal }));
      let hasEnded = false;
      void exit.then(() => (hasEnded = true));
      const said = () => systemd.messages().slice(before);
      const isReady = () => said().some((message) => message["READY"] === "1");
      await until(
        () => isReady() || hasEnded,
        () => `READY=1, got ${JSON.stringify(said())}`,
      );
      if (!isReady()) throw new Error(`it ended before it was ready\n${log.tail()}`);
      const stop = async (): Promise<Exit> => {
        child.kill("SIGTERM");
        return await within(exit, () => `the end of the service\n${log.tail()}`);
      };
      return { pid: child.pid ?? -1, log, exit, stop };
    },
    reload: async () => {
      const child = run("ExecReload", []);
      const log = new LogReader(child.stdout, child.stderr);
      const [code, signal] = await within(once(child, "close"), () => `the end of ExecReload\n${log.tail()}`);
      return { code, signal };
    },
  };
}

/** What `drover deploy systemd` writes for an app, run as the service `shop`; null: a tool is missing, and the test is skipped. */
export async function deployService(
  t: TestContext,
  entry: string,
  flags: readonly string[],
): Promise<ServiceManager | null> {
  if (!need(t, "systemd-notify", "systemd") || !need(t, "perl", "perl-base")) return null;
  const folder = temporaryFolder(t);
  const words = ["deploy", "systemd", entry, "--name", "shop", "--out", folder, ...flags];
  // As a shell says it: of a link its own name.
  const { exit, log } = runCli(t, words, { cwd: dirname(entry), env: { PWD: dirname(entry) } });
  const { code } = await exit;
  if (code !== 0) throw new Error(`the verb ended with ${code}\n${log.tail()}`);
  return await manageService(t, folder, "shop");
}

function read(path: string): ReadonlyMap<string, Settings> {
  return parseUnit(readFileSync(path, "utf8"));
}

function environmentOf(service: ReadonlyMap<string, Settings>, root: string, name: string): Record<string, string> {
  const written = valuesOf(service, "Service", "Environment").flatMap(wordsOf).map(variable);
  const variables = { PATH, ...Object.assign({}, ...written) } as Record<string, string>;
  const folders = { RUNTIME_DIRECTORY: `/run/${name}`, STATE_DIRECTORY: `/var/lib/${name}` };
  for (const path of Object.values(folders)) mkdirSync(join(root, path), { recursive: true, mode: 0o700 });
  const all = Object.entries({ ...variables, ...folders });
  return Object.fromEntries(
    all.map(([key, value]) => [key, Object.values(folders).includes(value) ? join(root, value) : value]),
  );
}

function variable(assignment: string): Record<string, string> {
  const at = assignment.indexOf("=");
  return { [assignment.slice(0, at)]: assignment.slice(at + 1) };
}
