import assert from "node:assert/strict";
import { chownSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { temporaryFolder } from "../../support/fixture.ts";
import { parseUnit, valuesOf, wholeOf, wordsOf } from "../../support/unit-file.ts";
import type { Answer } from "../built-cli.ts";
import { drover } from "../in-process.ts";

interface Units {
  readonly answer: Answer;
  /** All values of a setting of the service unit, as words. */
  readonly service: (name: string) => readonly string[];
  /** Of the socket unit, whole. */
  readonly socket: (name: string) => readonly string[];
}

/** A folder with an app called shop in it. */
function shop(t: TestContext): string {
  const folder = join(temporaryFolder(t), "shop");
  mkdirSync(folder);
  writeFileSync(join(folder, "server.js"), "");
  return folder;
}

async function units(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Units> {
  const answer = await drover(["deploy", "systemd", ...args], { cwd, env });
  const read = (name: string) => {
    const path = join(cwd, "deploy", name);
    return parseUnit(existsSync(path) ? readFileSync(path, "utf8") : "");
  };
  return {
    answer,
    service: (name) => valuesOf(read("shop.service"), "Service", name).flatMap(wordsOf),
    socket: (name) => valuesOf(read("shop.socket"), "Socket", name).map(wholeOf),
  };
}

suite("the units of an app", () => {
  test("are written for its folder, and what to do with them is said", async (t) => {
    const folder = shop(t);
    const { answer, service, socket } = await units(folder, ["server.js", "-w", "2"]);
    assert.deepEqual([answer.code, answer.stdout], [0, "deploy/shop.service\ndeploy/shop.socket\n"]);
    assert.match(answer.stderr, /systemctl enable --now shop.socket shop.service/);
    assert.deepEqual(service("WorkingDirectory"), [folder]);
    assert.deepEqual(service("ReadWritePaths"), process.geteuid?.() === 0 ? [] : [folder]);
    assert.deepEqual(socket("ListenStream"), ["3000"]);
    assert.deepEqual(service("ExecStart").slice(-3), ["start", "server.js", "--workers=2"]);
  });

  for (const [title, args, streams] of [
    ["a port", ["-p", "8080"], ["8080"]],
    ["a host", ["-H", "127.0.0.1", "-p", "8080"], ["127.0.0.1:8080"]],
    ["several addresses", ["--listen", "[::1]:80", "--listen", "unix:web.sock"], ["[::1]:80", "FOLDER/web.sock"]],
    ["each worker", ["-p", "3000", "-w", "3", "--per-slot"], ["3000", "3001", "3002"]],
    ["HTTPS and its redirect", ["-p", "443", "--tls", "dev", "--tls-redirect", "80"], ["443", "80"]],
    ["a background worker", ["--no-listen"], []],
    ["an app that binds by itself", ["-p", "8080", "--no-socket"], []],
  ] as const)
    test(`have the sockets of ${title}`, async (t) => {
      const folder = shop(t);
      const { answer, socket } = await units(folder, ["server.js", ...args]);
      assert.equal(answer.code, 0, answer.stderr);
      assert.deepEqual(
        socket("ListenStream"),
        streams.map((stream) => stream.replace("FOLDER", folder)),
      );
    });

  test("may write where Drover makes a socket by itself, but for the folders that systemd makes", async (t) => {
    const folder = shop(t);
    const listen = ["unix:../web.sock", "unix:/run/shop/web.sock"].flatMap((one) => ["--listen", one]);
    const flags = ["--no-socket", "--log-file", "/var/lib/shop/app.log", ...listen];
    const { answer, service } = await units(folder, ["server.js", "--service-user", "ada", ...flags]);
    assert.equal(answer.code, 0, answer.stderr);
    assert.deepEqual(service("ReadWritePaths"), [dirname(folder)]);
  });

  test("for each worker say for how many, and that this machine's CPUs gave the number", async (t) => {
    const { answer } = await units(shop(t), ["server.js", "--per-slot"]);
    assert.match(answer.stderr, /the sockets are for \d+ workers \(.+ here\): name the number with -w/);
    assert.doesNotMatch((await units(shop(t), ["server.js", "--per-slot", "-w", "2"])).answer.stderr, /with -w/);
  });

  test("have a number for a host's name", async (t) => {
    const { socket } = await units(shop(t), ["server.js", "-H", "localhost", "-p", "8080"]);
    assert.match(socket("ListenStream").join(), /^(?:127\.0\.0\.1|\[::1\]):8080$/);
  });

  test("have the right to a low port only where systemd does not bind it", async (t) => {
    const folder = shop(t);
    assert.deepEqual((await units(folder, ["server.js", "-p", "80"])).service("AmbientCapabilities"), []);
    const { service } = await units(folder, ["server.js", "-p", "80", "--no-socket", "--force"]);
    assert.deepEqual(service("AmbientCapabilities"), ["CAP_NET_BIND_SERVICE"]);
  });

  test("have the options that variables set here, but no secret", async (t) => {
    const env = { PORT: "8080", DROVER_DRAIN_TIMEOUT: "5s", REDIS_URL: "redis://:pass@cache" };
    const { answer, service, socket } = await units(shop(t), ["server.js"], env);
    const variables = service("Environment");
    assert.ok(variables.includes("PORT=8080") && variables.includes("DROVER_DRAIN_TIMEOUT=5s"), variables.join("\n"));
    assert.deepEqual(socket("ListenStream"), ["8080"]);
    assert.doesNotMatch(service("Environment").join(), /pass/);
    assert.match(answer.stderr, /REDIS_URL of this shell.*\/etc\/default\/shop/);
  });

  for (const store of ["redis://:pass@cache", "unix:/run/redis.sock?password=pass"])
    test(`are not written with a password in a flag, --store ${store}`, async (t) => {
      const folder = shop(t);
      const { answer } = await units(folder, ["server.js", "--store", store]);
      assert.equal(answer.code, 2);
      assert.match(
        answer.stderr,
        /with a secret: flag --store \[USAGE\]\n.*put DROVER_STORE=… into \/etc\/default\/shop/,
      );
      assert.doesNotMatch(answer.stderr, /pass@|=pass/);
      assert.ok(!existsSync(join(folder, "deploy")));
    });

  test("nor with a key", async (t) => {
    const key = "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----";
    const { answer } = await units(shop(t), ["server.js", "--tls-cert", "cert.pem", "--tls-key", key]);
    assert.equal(answer.code, 2);
    assert.match(answer.stderr, /with a secret: flag --tls-key/);
  });

  for (const store of ["embedded", "sqlite:our store.db", "redis://cache:6379/1?prefix=shop", "unix:/run/redis.sock"])
    test(`have a store without a password, ${store}`, async (t) => {
      const { answer, service } = await units(shop(t), ["server.js", "--store", store]);
      assert.equal(answer.code, 0, answer.stderr);
      assert.equal(service("ExecStart").at(-1), `--store=${store}`);
    });

  test("follow a current link, and may be written to around it", async (t) => {
    const folder = shop(t);
    const current = join(folder, "current");
    const release = join(folder, "releases", "1");
    mkdirSync(release, { recursive: true });
    writeFileSync(join(release, "server.js"), "");
    symlinkSync(release, current);
    const { answer } = await units(current, ["server.js", "--service-user", "ada"]);
    assert.equal(answer.code, 0, answer.stderr);
    const unit = parseUnit(readFileSync(join(current, "deploy/shop.service"), "utf8"));
    const of = (name: string) => valuesOf(unit, "Service", name);
    assert.deepEqual(of("WorkingDirectory"), [current]);
    assert.ok(of("Environment").includes(`PWD=${current}`));
    assert.deepEqual(of("ReadWritePaths"), [folder]);
  });

  test("start node and this Drover by their full paths", async (t) => {
    const words = (await units(shop(t), ["server.js"])).service("ExecStart");
    assert.deepEqual([words[0], ...words.slice(-3)], [process.execPath, process.argv[1], "start", "server.js"]);
  });

  test("of one app of several start that one", async (t) => {
    const folder = shop(t);
    const apps = { apps: { shop: { entry: "server.js" }, api: { entry: "server.js", port: 3001 } } };
    writeFileSync(join(folder, "drover.config.json"), JSON.stringify(apps));
    const { service, socket } = await units(folder, ["shop"]);
    assert.deepEqual(service("ExecStart").slice(-2), ["start", "shop"]);
    assert.deepEqual(socket("ListenStream"), ["3000"]);
    const all = await units(folder, ["--force"]);
    assert.equal(all.answer.code, 2);
    assert.match(all.answer.stderr, /expected one app, got 2: shop, api/);
  });
});

suite("the user of a service", () => {
  const isRoot = process.geteuid?.() === 0;

  test("is the owner of the app's folder", { skip: !isRoot && "only root can give a folder away" }, async (t) => {
    const folder = shop(t);
    chownSync(folder, 33, 33);
    assert.deepEqual((await units(folder, ["server.js"])).service("User"), ["www-data"]);
  });

  test(
    "is made for the time that it runs, where root owns the folder",
    { skip: !isRoot && "needs root" },
    async (t) => {
      const { service } = await units(shop(t), ["server.js"]);
      assert.deepEqual([service("User"), service("DynamicUser")], [[], ["yes"]]);
    },
  );

  test("is the one that is named", async (t) => {
    const folder = shop(t);
    const { service, socket } = await units(folder, ["server.js", "--service-user", "ada", "--listen", "unix:s"]);
    assert.deepEqual([service("User"), socket("SocketUser")], [["ada"], ["ada"]]);
  });

  test("is root where the workers have another", { skip: !isRoot && "needs root" }, async (t) => {
    const { service } = await units(shop(t), ["server.js", "--user", "nobody"]);
    assert.deepEqual(service("User"), ["root"]);
    assert.ok(service("CapabilityBoundingSet").includes("CAP_SETUID"));
  });

  test("cannot be another then", async (t) => {
    const { answer } = await units(shop(t), ["server.js", "--user", "nobody", "--service-user", "ada"]);
    assert.equal(answer.code, 2);
    assert.match(answer.stderr, /expected one user, got --service-user ada and, for the workers alone, nobody/);
  });
});

suite("a unix socket is open to", () => {
  for (const [whom, args, group, mode] of [
    ["everybody", [], [], "0666"],
    ["one group", ["--socket-group", "www-data"], ["www-data"], "0660"],
    ["whom --socket-mode says", ["--socket-mode", "0600"], [], "0600"],
  ] as const)
    test(whom, async (t) => {
      const { socket } = await units(shop(t), ["server.js", "--listen", "unix:web.sock", ...args]);
      assert.deepEqual([socket("SocketGroup"), socket("SocketMode")], [group, [mode]]);
    });
});

test("a port that nobody knows beforehand is refused for a socket unit", async (t) => {
  const { answer } = await units(shop(t), ["server.js", "-p", "0"]);
  assert.equal(answer.code, 2);
  assert.match(answer.stderr, /expected a port that is known, got 0.*\n.*--no-socket/);
});

suite("a service is refused", () => {
  for (const [title, args, env, message] of [
    [
      "a unix socket in the folder that goes with it",
      ["--listen", "unix:/run/shop/web.sock"],
      {},
      "/run/shop/web.sock",
    ],
    ["one there by its old name", ["--listen", "unix:/var/run/shop/web.sock"], {}, "/var/run/shop/web.sock"],
    ["one in that folder's place", ["--listen", "unix:/run/shop"], {}, "/run/shop"],
    ["one for each worker there", ["--listen", "unix:/run/shop/s", "--per-slot"], {}, "/run/shop/s-1"],
    ["watching", ["--watch"], {}, "watch"],
    ["watching by a variable", [], { DROVER_WATCH: "true" }, "watch"],
  ] as const)
    test(title, async (t) => {
      const folder = shop(t);
      const { answer } = await units(folder, ["server.js", ...args], env);
      assert.deepEqual([answer.code, existsSync(join(folder, "deploy"))], [2, false], answer.stderr);
      assert.ok(answer.stderr.includes(`, got ${message} [USAGE]`), answer.stderr);
    });

  test("neither a unix socket beside that folder, nor a variable against watching", async (t) => {
    const folder = shop(t);
    writeFileSync(join(folder, "drover.config.json"), JSON.stringify({ watch: true }));
    const args = ["server.js", "--listen", "unix:/run/shop-web/s", "--listen", "unix:/run/shop.sock"];
    const { answer, service } = await units(folder, args, { DROVER_WATCH: "false" });
    assert.equal(answer.code, 0, answer.stderr);
    assert.ok(service("Environment").includes("DROVER_WATCH=false"));
  });
});
