import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../../errors.ts";
import { isLeaving, masterOf, workersOf } from "./nginx-processes.ts";

/** What keeping a file in step needs of nginx. Each answers in nginx's own words why not; null: all is well. */
export interface Nginx {
  /** Whether this text alone can stand in `http { … }`. */
  check(text: string): Promise<string | null>;
  /** Whether all of its configuration is well. */
  test(): Promise<string | null>;
  /** Resolves when it serves by what `test()` has seen, where that can be seen. */
  reload(): Promise<string | null>;
}

/** Of one run of it: a host name in its configuration may take a while. Milliseconds. */
const LONGEST_RUN = 60_000;
/** All of a configuration is printed, certificates apart. */
const LONGEST_OUTPUT = 256 * 2 ** 20;
const LOOK = 50;
/** How long it may take to start its new workers. Milliseconds. */
const LONGEST_RELOAD = 15_000;

interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** nginx as a command line: `nginx`, `nginx -c /etc/other.conf`. */
export class NginxCommand implements Nginx {
  readonly #file: string;
  readonly #args: readonly string[];
  readonly #prefix: string;
  readonly #reloadLimit: number;
  #pidFile: string;

  private constructor([file = "", ...args]: readonly string[], built: string, reloadLimit: number) {
    this.#file = file;
    this.#args = args;
    this.#reloadLimit = reloadLimit;
    const option = (name: string): string | undefined => new RegExp(`--${name}=(\\S+)`).exec(built)?.[1];
    const given = args.find((_, index) => args[index - 1] === "-p");
    this.#prefix = resolve(given ?? option("prefix") ?? "/");
    this.#pidFile = resolve(this.#prefix, option("pid-path") ?? "logs/nginx.pid");
  }

  /**
   * @param reloadLimit How long a reload may take, in milliseconds.
   * @throws AppError NGINX_MISSING
   */
  static async find(words: readonly string[], reloadLimit = LONGEST_RELOAD): Promise<NginxCommand> {
    const { code, stderr } = await run(words, ["-V"]);
    if (code === 0) return new NginxCommand(words, stderr, reloadLimit);
    const message = `expected ${words.join(" ")} to run, got ${wordsOf(stderr)}`;
    throw new AppError("NGINX_MISSING", message, "Install nginx, or say where it is: --nginx /opt/nginx/sbin/nginx");
  }

  async check(text: string): Promise<string | null> {
    const folder = await mkdtemp(join(tmpdir(), "drover-nginx-"));
    try {
      const config = join(folder, "nginx.conf");
      const pid = pidFileIn(this.#args.join("\n")) === undefined ? `pid ${folder}/nginx.pid;\n` : "";
      await writeFile(config, `${pid}${alone(folder, text)}`);
      return problemOf(await this.#run("-t", "-q", "-c", config));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async test(): Promise<string | null> {
    // Not `-t`: which file its pid is in is told by its configuration.
    const output = await this.#run("-T", "-q");
    const pidFile = pidFileIn([...this.#args, output.stdout].join("\n"));
    if (pidFile !== undefined) this.#pidFile = resolve(this.#prefix, pidFile);
    return problemOf(output);
  }

  async reload(): Promise<string | null> {
    const master = masterOf(this.#pidFile);
    const before = master === null ? [] : workersOf(master);
    const problem = problemOf(await this.#run("-s", "reload"));
    if (problem !== null || master === null || before.length === 0) return problem;
    // What stands in the way of a reload, such as a port that is taken, a test does not see.
    const late = AbortSignal.timeout(this.#reloadLimit);
    while (!late.aborted) {
      const now = workersOf(master);
      // For a moment old ones accept beside the new.
      if (now.some((pid) => !before.includes(pid)) && before.every((pid) => !now.includes(pid) || isLeaving(pid)))
        return null;
      await delay(LOOK);
    }
    return `its workers are not new ones after ${this.#reloadLimit / 1000} s; its error log says why`;
  }

  #run(...more: readonly string[]): Promise<Output> {
    return run([this.#file, ...this.#args], more);
  }
}

/** `-g` may name it, and it may be named once only. */
function pidFileIn(directives: string): string | undefined {
  return /(?:^|;)(?:-g)?\s*pid\s+"?([^;"]+)"?\s*;/m.exec(directives)?.[1];
}

/** Touches nothing of the nginx that runs. */
function alone(folder: string, text: string): string {
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `  ${name}_temp_path ${folder}/${name};\n`,
  );
  return `error_log stderr;
events {}
http {
  access_log off;
${places.join("")}${text}}
`;
}

function run([file = "", ...args]: readonly string[], more: readonly string[]): Promise<Output> {
  const { promise, resolve } = Promise.withResolvers<Output>();
  const limits = { timeout: LONGEST_RUN, maxBuffer: LONGEST_OUTPUT, encoding: "utf8" } as const;
  const child = execFile(file, [...args, ...more], limits, (error, stdout, stderr) => {
    const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
    resolve({ code, stdout, stderr: stderr === "" && error ? error.message : stderr });
  });
  child.stdin?.end();
  return promise;
}

function problemOf({ code, stderr }: Output): string | null {
  return code === 0 ? null : wordsOf(stderr);
}

/** The first error, without what nginx puts before each line. */
function wordsOf(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const line = lines.find((one) => /\[(emerg|alert|crit|error)\]/.test(one)) ?? lines.at(-1) ?? "no word";
  return line.replace(/^.*?\[\w+\] (\d+#\d+: )?/, "");
}
