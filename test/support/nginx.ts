import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { steadyPort } from "./fixture.ts";
import { need } from "./tools.ts";
import { BOUND_MS, until } from "./wait.ts";

/** What goes into `http { … }`, for an nginx that is to listen on this port: upstreams, servers, maps. */
export type Site = (port: number) => string;

export interface NginxOptions {
  /** Worker processes. Default 1. */
  readonly workers?: number;
  /** The user its workers run as, where the test is root. Default: root, who may open any unix socket. */
  readonly user?: string;
  /** More lines outside of `http { … }`, as `worker_shutdown_timeout 30s;`. */
  readonly main?: string;
}

/** A line of the access log, unless the site has a log of its own. */
export interface Access {
  /** The request's header `x-id`. */
  readonly id: string;
  readonly method: string;
  readonly uri: string;
  readonly status: number;
  /** Every server that was tried, in order: `127.0.0.1:3000, 127.0.0.1:3001`. */
  readonly upstream: string;
  /** What each of them answered: `502, 200`. */
  readonly upstreamStatus: string;
}

/** Debian's nginx, for one test: in the foreground, with a folder of its own for all it writes. */
export interface Nginx {
  readonly port: number;
  /** Its prefix: relative paths of the site lead here. The site is in `site.conf`. */
  readonly folder: string;
  /** The master's. */
  readonly pid: number;
  /** The command with its prefix and config: `[...command, "-t"]`, `[...command, "-s", "reload"]`. */
  readonly command: readonly [string, ...string[]];
  /** Another site from the next `reload()` on. */
  write(site: Site): void;
  /** `nginx -t`: what it complains of, `""` when all is well, warnings included. */
  test(): string;
  /** Resolves when the new workers accept; rejects with nginx's words when it keeps the old config. */
  reload(): Promise<void>;
  access(): Access[];
  /** The error log, from level notice. */
  errors(): string;
}

const FIELDS =
  '{"id":"$http_x_id","method":"$request_method","uri":"$request_uri","status":$status,"upstream":"$upstream_addr","upstreamStatus":"$upstream_status"}';

/** Bodies and answers that do not fit in memory; otherwise they are in /var/lib. */
const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

function mainConfig({ workers = 1, user = "root", main = "" }: NginxOptions): string {
  return `daemon off;
master_process on;
${process.geteuid?.() === 0 ? `user ${user};` : ""}
worker_processes ${workers};
pid nginx.pid;
error_log error.log notice;
${main}
events { worker_connections 1024; }
http {
  log_format test escape=json '${FIELDS}';
  access_log access.log test;
${TEMPORARY.map((name) => `  ${name}_temp_path ${name}_temp;`).join("\n")}
  include site.conf;
}
`;
}

/** How often it may find its port taken meanwhile. */
const TRIES = 3;

/** Starts one that is gone at the test's end. `undefined`: it is not here and cannot be installed, the test is skipped. */
export async function startNginx(
  t: TestContext,
  site: Site | ((port: number) => Promise<string>),
  options: NginxOptions = {},
): Promise<Nginx | undefined> {
  if (!need(t, "nginx", "nginx")) return undefined;
  for (let tries = 1; ; tries += 1) {
    const port = await steadyPort();
    const server = new NginxServer(t, await site(port), port, options);
    if (await server.isUp(tries === TRIES)) return server;
  }
}

/** `nginx -t` on a site that is not served: what it complains of, `""` when all is well. `undefined`: the test is skipped. */
export function testSite(t: TestContext, text: string, options: NginxOptions = {}): string | undefined {
  if (!need(t, "nginx", "nginx")) return undefined;
  const folder = ownFolder();
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "nginx.conf"), mainConfig(options));
  writeFileSync(join(folder, "site.conf"), text);
  return complaints(commandIn(folder));
}

/** Its workers may be another user's. */
function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "drover-nginx-"));
  chmodSync(folder, 0o755);
  return folder;
}

/** Before it has read its config it would complain in /var/log: to stderr with that. */
function commandIn(folder: string): readonly [string, ...string[]] {
  return ["nginx", "-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")];
}

function complaints([file, ...args]: readonly [string, ...string[]]): string {
  const { status, stderr } = spawnSync(file, [...args, "-t", "-q"], { encoding: "utf8" });
  return status === 0 ? stderr : `${stderr}nginx -t exits with ${status}`;
}

class NginxServer implements Nginx {
  readonly port: number;
  readonly folder = ownFolder();
  readonly command = commandIn(this.folder);
  readonly #workers: number;
  readonly #child: ChildProcess;
  #said = "";

  constructor(t: TestContext, site: string, port: number, options: NginxOptions) {
    this.port = port;
    this.#workers = options.workers ?? 1;
    writeFileSync(join(this.folder, "nginx.conf"), mainConfig(options));
    this.write(() => site);
    const [file, ...args] = this.command;
    this.#child = spawn(file, args, { stdio: ["ignore", "ignore", "pipe"] });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
    this.#child.on("error", (error) => (this.#said += error.message));
    t.after(() => this.#end());
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Whether it serves; `false` when its port was taken meanwhile, which `last` makes an error like all others. */
  async isUp(last: boolean): Promise<boolean> {
    try {
      await this.#newWorkers(0);
      return true;
    } catch (error) {
      const isTaken = /Address already in use/.test(`${this.errors()}${this.#said}`);
      await this.#end();
      if (last || !isTaken) throw error;
      return false;
    }
  }

  write(site: Site): void {
    writeFileSync(join(this.folder, "site.conf"), site(this.port));
  }

  test(): string {
    return complaints(this.command);
  }

  async reload(): Promise<void> {
    const before = this.errors().length;
    this.#child.kill("SIGHUP");
    await this.#newWorkers(before);
  }

  access(): Access[] {
    const lines = this.#read("access.log").split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Access);
  }

  errors(): string {
    return this.#read("error.log");
  }

  /** All workers of one config are started in one go, after its sockets are bound. `from`: where their lines begin in the error log. */
  async #newWorkers(from: number): Promise<void> {
    const areThere = (): boolean => {
      const since = this.errors().slice(from);
      if (this.#isOver() || /\[emerg\]/.test(since)) throw new Error(`nginx: ${this.#said}${since}`);
      return (since.match(/start worker process \d/g) ?? []).length >= this.#workers;
    };
    await until(areThere, "the workers of nginx", BOUND_MS);
  }

  #read(name: string): string {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  #isOver(): boolean {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** After TERM the master kills those of its workers that do not end. */
  async #end(): Promise<void> {
    if (!this.#isOver()) {
      const gone = once(this.#child, "close");
      this.#child.kill("SIGTERM");
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
