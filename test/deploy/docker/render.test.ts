import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { validate } from "dockerfile-utils";
import { parse } from "yaml";
import type { Deployment } from "../../../src/deploy/deployment.ts";
import { renderCompose } from "../../../src/deploy/docker/compose.ts";
import { renderDocker } from "../../../src/deploy/docker/docker.ts";
import { renderHalves } from "../../../src/deploy/docker/halves.ts";
import type { Image } from "../../../src/deploy/docker/image.ts";
import type { PackageFacts } from "../../../src/deploy/docker/install.ts";
import type { Given } from "../../config/resolve-in.ts";
import { temporaryFolder } from "../../support/fixture.ts";
import { matchGolden } from "../../support/golden.ts";
import { testSite } from "../../support/nginx.ts";
import { need } from "../../support/tools.ts";
import { imageOf } from "./images.ts";

const OPTIONS = { out: "deploy", app: "..", cpus: 2, withImage: false };
const ODD = { name: 'sh"op $HOME\\', "timeouts.drain": "1m" };

interface Row {
  readonly golden: string;
  readonly given?: Given;
  readonly facts?: Partial<PackageFacts>;
  readonly render: (image: Image) => Deployment;
}

const docker = (image: Image): Deployment => renderDocker(image, OPTIONS);
const compose = (image: Image): Deployment => renderCompose(image, OPTIONS);
const two = (image: Image): Deployment => renderHalves(image, OPTIONS);

const ROWS: readonly Row[] = [
  { golden: "docker-npm", render: docker },
  {
    golden: "docker-npm-build",
    facts: { scripts: ["build", "prepare"], files: ["package-lock.json", ".npmrc"], dependencies: [] },
    render: docker,
  },
  {
    golden: "docker-pnpm-build",
    facts: {
      scripts: ["build"],
      packageManager: "pnpm@9.15.0+sha512.abc",
      files: ["pnpm-lock.yaml", "pnpm-workspace.yaml"],
    },
    render: docker,
  },
  { golden: "docker-yarn", facts: { files: ["yarn.lock"] }, render: docker },
  { golden: "docker-odd", given: { flags: ODD, env: { PORT: "80" } }, facts: { files: [] }, render: docker },
  { golden: "docker-background", given: { file: { listen: false } }, render: docker },
  { golden: "compose", render: (image) => renderCompose(image, { ...OPTIONS, withImage: true }) },
  {
    golden: "compose-odd",
    given: { flags: { ...ODD, workers: 3 }, env: { REDIS_URL: "redis://cache" } },
    render: compose,
  },
  {
    golden: "compose-env-file",
    given: { file: { envFile: ".env.production" }, files: { ".env.production": "A=1" } },
    render: compose,
  },
  {
    golden: "compose-https",
    given: {
      file: { tls: { cert: "/etc/tls/shop.pem", key: "!tls/[key]", clientCert: "ask", clientCa: "tls/ca.pem" } },
    },
    facts: { files: ["package-lock.json", ".npmrc"], ignored: "\uFEFFsecrets/\r\n!secrets/none\r\n" },
    render: (image) => renderCompose(image, { ...OPTIONS, withImage: true }),
  },
  { golden: "compose-two", render: two },
  { golden: "compose-two-npmrc", facts: { files: ["package-lock.json", ".npmrc"] }, render: two },
  {
    golden: "compose-two-redis",
    given: { file: { store: "redis://cache:6379/0", workers: 4, timeouts: { request: 0, boot: "2m" } } },
    render: (image) => renderHalves(image, { ...OPTIONS, cpus: 3, withImage: true }),
  },
];

suite("files for containers", () => {
  for (const { golden, given = {}, facts = {}, render } of ROWS) {
    test(`${golden} are those that are kept, and are valid`, async (t) => {
      const { files } = render(await imageOf(t, given, facts));
      matchGolden(golden, files);
      const folder = join(temporaryFolder(t), "deploy");
      for (const { name, text } of files) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), text);
        await CHECKS[name]?.(t, text, folder);
      }
    });
  }
});

const CHECKS: Readonly<Record<string, (t: TestContext, text: string, folder: string) => void | Promise<void>>> = {
  Dockerfile: checkDockerfile,
  "compose.yaml": checkCompose,
  "nginx.conf": (t, text) => {
    // Their names are the Compose file's, which no other machine knows.
    const complaints = testSite(t, text.replaceAll("server web-", "server 127.0.0."));
    if (complaints !== undefined) assert.equal(complaints, "");
  },
  swap: checkScript,
};

function checkDockerfile(_t: TestContext, text: string): void {
  assert.deepEqual(validate(text), []);
  const last = text.slice(text.lastIndexOf("\nFROM "));
  assert.match(last, /^USER 1000:1000$/m);
  for (const instruction of ["ENTRYPOINT", "CMD"]) {
    const words: unknown = JSON.parse(new RegExp(`^${instruction} (.*)$`, "m").exec(last)?.[1] ?? "");
    assert.ok(Array.isArray(words) && words.every((word) => typeof word === "string"), instruction);
  }
  assert.match(last, /^HEALTHCHECK .*\\\n {2}CMD \["node", "-e", /m);
  for (const [, image] of text.matchAll(/^FROM (\S+)/gm)) assert.match(image ?? "", /^(base|node:\d+-bookworm-slim)$/);
}

interface Composed {
  readonly name: string;
  readonly services: Readonly<Record<string, { readonly image: string; readonly build?: unknown }>>;
}

/** Debian's docker-compose is older than `name:`, and knows everything else. */
function checkCompose(t: TestContext, text: string, folder: string): void {
  const parsed = parse(text, { merge: true }) as Composed;
  assert.match(parsed.name, /^[a-z0-9][a-z0-9_-]*$/);
  // Compose builds them at the same time, and Docker refuses the second image of one name.
  const built = Object.values(parsed.services).flatMap(({ image, build }) => (build === undefined ? [] : [image]));
  assert.equal(new Set(built).size, built.length, "an image is built by one service");
  const env = { ...process.env, REDIS_URL: "redis://cache" };
  if (need(t, "docker-compose", "docker-compose")) {
    const input = text.replace(/^name: .*$/m, "");
    const config = ["-f", "-", "--project-directory", folder, "-p", parsed.name, "config"];
    const { stdout } = run("docker-compose", config, { env, input });
    assert.ok(!stdout.includes("$HOME") || stdout.includes("$$HOME"));
  }
  if (hasComposePlugin()) {
    writeFileSync(join(folder, "compose.yaml"), text);
    run("docker", ["compose", "--project-directory", folder, "-f", join(folder, "compose.yaml"), "config", "-q"], {
      env,
    });
  }
}

function hasComposePlugin(): boolean {
  return spawnSync("docker", ["compose", "version"], { stdio: "ignore" }).status === 0;
}

function checkScript(t: TestContext, _text: string, folder: string): void {
  const script = join(folder, "swap");
  chmodSync(script, 0o755);
  execFileSync("sh", ["-n", script]);
  if (need(t, "shellcheck", "shellcheck")) run("shellcheck", [script], {});
}

function run(
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly input?: string },
): { readonly stdout: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { ...options, encoding: "utf8" });
  assert.equal(status, 0, `${command}: ${stdout}${stderr}`);
  return { stdout };
}
