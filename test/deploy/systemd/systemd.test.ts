import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test, type TestContext } from "node:test";
import type { Service } from "../../../src/deploy/systemd/service.ts";
import { systemdUnits } from "../../../src/deploy/systemd/systemd.ts";
import { resolveIn } from "../../config/resolve-in.ts";
import { temporaryFolder } from "../../support/fixture.ts";
import { matchGolden } from "../../support/golden.ts";
import { analyze } from "../../support/systemd-analyze.ts";
import { need } from "../../support/tools.ts";
import { commandOf, parseUnit, valuesOf } from "../../support/unit-file.ts";

const NODE = "/usr/bin/node";

interface Variant {
  readonly name: string;
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly service?: Partial<Service>;
  /** Exposure that is not exceeded, as systemd-analyze counts it. */
  readonly exposure?: number;
}

const variants: readonly Variant[] = [
  { name: "port" },
  {
    name: "https",
    flags: {
      port: "443",
      "tls.redirect": ["80"],
      "tls.cert": "/etc/ssl/shop/cert.pem",
      "tls.key": "/etc/ssl/shop/key.pem",
    },
    service: {
      args: [
        "start",
        "server.js",
        "--port=443",
        "--tls-redirect=80",
        "--tls-cert=/etc/ssl/shop/cert.pem",
        "--tls-key=/etc/ssl/shop/key.pem",
      ],
      sockets: [
        { kind: "tcp", host: null, port: 443 },
        { kind: "tcp", host: null, port: 80 },
      ],
    },
  },
  {
    name: "unix",
    flags: { listen: ["unix:/run/shop.sock"] },
    service: {
      args: ["start", "server.js", "--listen=unix:/run/shop.sock"],
      sockets: [{ kind: "unix", path: "/run/shop.sock" }],
      socketGroup: "www-data",
    },
  },
  {
    name: "per-slot",
    flags: { perSlot: true, listen: ["unix:/run/shop.sock"] },
    service: {
      args: ["start", "server.js", "--per-slot", "--listen=unix:/run/shop.sock"],
      sockets: [
        { kind: "unix", path: "/run/shop-1.sock" },
        { kind: "unix", path: "/run/shop-2.sock" },
      ],
    },
  },
  {
    name: "odd-characters",
    flags: { workers: "4", "timeouts.drain": "90s", "timeouts.lameduck": "1500ms" },
    service: {
      name: "@acme/100% shop",
      folder: "/srv/our $hop, 100%",
      args: [
        "start",
        "--name=@acme/100% shop",
        "-w=4",
        "--",
        "two words",
        "$HOME",
        'say "hi"',
        "it's",
        "back\\slash",
        ";",
        "",
      ],
      variables: { DROVER_LOG_LEVEL: "debug", PORT: "3000" },
      writable: ["/srv/our $hop, 100%", "/var/log/shop"],
      sockets: [
        { kind: "tcp", host: "10.0.0.7", port: 3000 },
        { kind: "tcp", host: "::1", port: 3000 },
      ],
    },
  },
  {
    name: "config-file",
    service: { args: ["start", "web", "--config=etc/drover.config.ts"], account: { kind: "dynamic" }, writable: [] },
  },
  {
    name: "releases",
    service: {
      folder: "/srv/shop/current",
      command: [NODE, "/srv/shop/current/node_modules/.bin/drover"],
      writable: ["/srv/shop"],
    },
  },
  {
    name: "no-socket",
    flags: { port: "80" },
    service: { args: ["start", "server.js", "--port=80"], sockets: [], bindsLowPorts: true },
  },
  {
    name: "root",
    flags: { user: "shop" },
    service: { args: ["start", "server.js", "--user=shop"], account: { kind: "root" } },
    exposure: 3.5,
  },
];

async function serviceOf(t: TestContext, { flags = {}, service = {} }: Variant): Promise<Service> {
  const { config } = await resolveIn(temporaryFolder(t), { flags: { workers: "2", ...flags }, entry: "app.js" });
  return {
    name: "shop",
    command: [NODE, "/srv/shop/node_modules/.bin/drover"],
    args: ["start", "server.js"],
    folder: "/srv/shop",
    account: { kind: "user", user: "shop" },
    variables: {},
    writable: ["/srv/shop"],
    needed: [],
    config,
    sockets: [{ kind: "tcp", host: null, port: 3000 }],
    socketGroup: null,
    bindsLowPorts: false,
    ...service,
  };
}

suite("the units of", () => {
  for (const variant of variants) {
    test(`${variant.name} are as they were`, async (t) => {
      matchGolden(`systemd-${variant.name}`, systemdUnits(await serviceOf(t, variant)).files);
    });

    test(`${variant.name} are what systemd wants, and leave little to attack`, async (t) => {
      if (!need(t, "systemd-analyze", "systemd")) return;
      const { files } = systemdUnits(await serviceOf(t, variant));
      const { complaints, exposure } = analyze(t, files, [NODE]);
      assert.deepEqual(complaints, []);
      assert.ok(exposure <= (variant.exposure ?? 2), `exposure ${exposure}`);
    });

    test(`${variant.name} start what the user has said`, async (t) => {
      const service = await serviceOf(t, variant);
      const unit = parseUnit(systemdUnits(service).files[0]?.text ?? "");
      const [line = ""] = valuesOf(unit, "Service", "ExecStart");
      assert.deepEqual(commandOf(line), [...service.command, ...service.args]);
    });
  }
});

suite("of what lies in homes or in /tmp the service sees no more than it must", () => {
  for (const [title, service, home, temporary] of [
    ["the app in a home", { folder: "/home/ada/shop", writable: [] }, "read-only", "yes"],
    ["Node in a home", { command: ["/home/ada/.nvm/node", "/srv/drover"] }, "read-only", "yes"],
    ["a file in /tmp", { needed: ["/tmp/shop/server.js"] }, "yes", "no"],
    ["neither", { folder: "/homes/shop", writable: ["/tmpfiles"] }, "yes", "yes"],
  ] as const)
    test(title, async (t) => {
      const unit = parseUnit(systemdUnits(await serviceOf(t, { name: "", service })).files[0]?.text ?? "");
      const settings = ["ProtectHome", "PrivateTmp"].map((name) => valuesOf(unit, "Service", name)[0]);
      assert.deepEqual(settings, [home, temporary]);
    });
});

test("the limits that a unit offers are limits that systemd knows", async (t) => {
  if (!need(t, "systemd-analyze", "systemd")) return;
  const files = systemdUnits(await serviceOf(t, { name: "" })).files.map(({ name, text }) => ({
    name,
    text: text.replaceAll(/^#(?=\w+=)/gm, ""),
  }));
  assert.match(files[0]?.text ?? "", /^MemoryMax=75%\nTasksMax=192$/m);
  assert.deepEqual(analyze(t, files, [NODE]).complaints, []);
});

test("each line of a unit says why it is there, or docs/systemd.md does", async (t) => {
  const docs = readFileSync(new URL("../../../docs/systemd.md", import.meta.url), "utf8");
  const table = [...docs.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell = ""]) => cell).join(" ");
  const isTold = (name: string) =>
    table.includes(`${name}=`) || [...table.matchAll(/(\w+)…=/g)].some(([, start = "-"]) => name.startsWith(start));
  const plain = /^(?:Description|After|User|ExecStart)$/;
  for (const variant of variants) {
    const { files } = systemdUnits(await serviceOf(t, variant));
    const lines = files.flatMap(({ text }) => text.split("\n"));
    const silent = lines.filter((line, index) => {
      const name = /^#?(\w+)=/.exec(line)?.[1];
      return name !== undefined && !plain.test(name) && lines[index - 1]?.startsWith("#") !== true && !isTold(name);
    });
    // Variables say what they are by their names.
    assert.deepEqual(
      silent.filter((line) => !line.startsWith("Environment=")),
      [],
      variant.name,
    );
  }
});

/** `[start, stop]`, in seconds. */
async function times(t: TestContext, flags: Readonly<Record<string, string>>): Promise<readonly number[]> {
  const unit = parseUnit(systemdUnits(await serviceOf(t, { name: "", flags })).files[0]?.text ?? "");
  return ["TimeoutStartSec", "TimeoutStopSec"].map((name) => Number(valuesOf(unit, "Service", name)[0]));
}

suite("the time systemd allows", () => {
  test("for a stop is lameduck, drain and ten seconds", async (t) => {
    const [, stop] = await times(t, { "timeouts.lameduck": "5s", "timeouts.drain": "40500ms" });
    assert.equal(stop, 56);
  });

  test("for a start is three boots, or a rolling reload, and ten seconds", async (t) => {
    assert.equal((await times(t, { "timeouts.boot": "60s", workers: "1", "reload.probation": "0" }))[0], 190);
    const reload = { "timeouts.boot": "60s", workers: "8", "reload.surge": "2", "reload.probation": "5s" };
    assert.equal((await times(t, reload))[0], 5 + 4 * 60 + 20 + 10);
  });
});
