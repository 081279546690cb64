import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { parse } from "yaml";
import { request } from "./client.ts";
import { runCli, type Drover } from "./drover.ts";
import { startEngine, type Call, type Done } from "./engine.ts";
import { steadyPort, temporaryFolder } from "./fixture.ts";
import { startNginx } from "./nginx.ts";
import { need } from "./tools.ts";
import { BOUND_MS, until, within } from "./wait.ts";

const HALVES = ["web-1", "web-2"] as const;
type Half = (typeof HALVES)[number];

/** How a script ended, and all that it said. */
export interface Ran {
  readonly code: number | null;
  readonly said: string;
}

/** What `drover deploy compose --two` has written, run without a container engine: real processes, real nginx. */
export interface Halves {
  /** Where nginx answers. */
  readonly port: number;
  /** The folder of the files. */
  readonly folder: string;
  /** The two primaries that run now. */
  running(): ReadonlyMap<Half, Drover>;
  /** Has a release built: the entry's text. */
  build(tag: string, source: string): void;
  /** Whether nginx leaves it alone. */
  isAside(half: Half): boolean;
  /** Runs the script `swap`. */
  swap(tag: string): Promise<Ran>;
}

interface Service {
  readonly stop_grace_period: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Two primaries on half of the CPUs each, behind nginx. What containers have to themselves and processes have not is all that is changed: the addresses, and
 * the folder for Drover's socket.
 */
export async function startHalves(t: TestContext, first: string): Promise<Halves | undefined> {
  if (!need(t, "taskset", "util-linux")) return undefined;
  const site = new Containers(t, await steadyPort(), await steadyPort());
  site.build("1", first);
  await site.render();
  const nginx = await startNginx(t, (port) => site.nginxConfig(port));
  if (nginx === undefined) return undefined;
  for (const half of HALVES) assert.equal((await site.up(half, "1", BOUND_MS)).code, 0);
  const env = await startEngine(t, (call) => site.carryOut(call));
  return {
    port: nginx.port,
    folder: site.folder,
    running: () => site.running,
    isAside: (half) => existsSync(join(site.folder, "aside", half)),
    build: (tag, source) => site.build(tag, source),
    swap: (tag) => site.swap(tag, env),
  };
}

class Containers {
  readonly running = new Map<Half, Drover>();
  readonly folder: string;
  readonly #t: TestContext;
  readonly #images: string;
  readonly #port: number;
  readonly #adminPort: number;

  constructor(t: TestContext, port: number, adminPort: number) {
    this.#t = t;
    this.#port = port;
    this.#adminPort = adminPort;
    this.#images = temporaryFolder(t);
    this.folder = join(this.#images, "1", "deploy");
  }

  build(tag: string, source: string): void {
    const image = join(this.#images, tag);
    mkdirSync(image);
    writeFileSync(join(image, "package.json"), JSON.stringify({ name: "shop", dependencies: { drover: "*" } }));
    writeFileSync(join(image, "server.mjs"), source);
  }

  async render(): Promise<void> {
    const words = ["deploy", "compose", "server.mjs", "--two", "-p", String(this.#port)];
    const verb = runCli(this.#t, words, { cwd: join(this.#images, "1") });
    assert.equal((await verb.exit).code, 0, verb.log.tail());
  }

  nginxConfig(port: number): string {
    const written = readFileSync(join(this.folder, "nginx.conf"), "utf8");
    return written
      .replace("listen 80;", `listen ${port};`)
      .replaceAll("server web-1:", `server ${addressOf("web-1")}:`)
      .replaceAll("server web-2:", `server ${addressOf("web-2")}:`)
      .replaceAll("/etc/nginx/aside", join(this.folder, "aside"));
  }

  async swap(tag: string, env: NodeJS.ProcessEnv): Promise<Ran> {
    const script = spawn(join(this.folder, "swap"), [tag], { env, stdio: ["ignore", "pipe", "pipe"] });
    const said = Promise.all([text(script.stdout), text(script.stderr)]);
    const [code] = (await within(once(script, "close"), "the end of swap", 6 * BOUND_MS)) as [number | null];
    return { code, said: (await said).join("") };
  }

  async carryOut({ words, tag }: Call): Promise<Done> {
    const line = words.join(" ");
    if (line === `image inspect shop:${tag}`) return { code: existsSync(join(this.#images, tag)) ? 0 : 1 };
    const [, seconds, half] =
      /^compose up --detach --no-deps --no-build --force-recreate --wait --wait-timeout (\d+) (web-[12])$/.exec(line) ??
      [];
    if (half !== undefined) return await this.up(half as Half, tag, Number(seconds) * 1000);
    return { code: 125, said: `docker ${line}: expected none of it\n` };
  }

  /** As Compose does it: the old one has ended before the new one starts. */
  async up(half: Half, tag: string, waitMs: number): Promise<Done> {
    await this.#down(half);
    const drover = this.#start(half, tag);
    this.running.set(half, drover);
    const ended = drover.exit.then(({ code }): Done => ({ code: 1, said: `${half} exited (${code})\n` }));
    const isHealthy = async (): Promise<Done | false> => {
      const { response } = await request({ host: addressOf(half), port: this.#adminPort }, { path: "/readyz" });
      return response?.status === 200 ? { code: 0 } : false;
    };
    return await Promise.race([ended, until(isHealthy, `${half} to be healthy`, waitMs)]);
  }

  async #down(half: Half): Promise<void> {
    const drover = this.running.get(half);
    if (drover === undefined) return;
    drover.signal("SIGTERM");
    const grace = Number.parseInt(this.#service(half).stop_grace_period, 10) * 1000;
    await within(drover.exit, `the end of ${half} within its stop_grace_period`, grace);
    this.running.delete(half);
  }

  #start(half: Half, tag: string): Drover {
    const image = join(this.#images, tag);
    const copied = join(temporaryFolder(this.#t), "app");
    cpSync(image, copied, { recursive: true, filter: (path) => path !== this.folder });
    const { environment } = this.#service(half);
    return runCli(this.#t, this.#command(), {
      cwd: copied,
      through: ["taskset", "-c", String(cpuOf(half))],
      env: {
        ...environment,
        DROVER_STORE: "",
        DROVER_TRUST_PROXY: "",
        HOST: addressOf(half),
        DROVER_ADMIN: `${addressOf(half)}:${this.#adminPort}`,
        LOG_LEVEL: "debug",
        DROVER_LOG_FORMAT: "json",
      },
    });
  }

  /** After `drover`, as the image has it. */
  #command(): readonly string[] {
    const line = /^CMD (\[.*\])$/m.exec(readFileSync(join(this.folder, "Dockerfile"), "utf8"))?.[1] ?? "[]";
    return (JSON.parse(line) as string[]).slice(1);
  }

  #service(half: Half): Service {
    const text = readFileSync(join(this.folder, "compose.yaml"), "utf8");
    const { services } = parse(text, { merge: true }) as { readonly services: Readonly<Record<Half, Service>> };
    return services[half];
  }
}

/** Of the loopback's own, so that both have the port that the image says. */
function addressOf(half: Half): string {
  return half === "web-1" ? "127.0.0.2" : "127.0.0.3";
}

/** The first of the CPUs that this process may use, and the last. */
function cpuOf(half: Half): number {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  const numbers = list.split(/[,-]/).map(Number);
  return (half === "web-1" ? numbers[0] : numbers.at(-1)) ?? 0;
}
