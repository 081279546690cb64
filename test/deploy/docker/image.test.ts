import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { PackageFacts } from "../../../src/deploy/docker/install.ts";
import type { Given } from "../../config/resolve-in.ts";
import { imageOf } from "./images.ts";

const KEY = "-----BEGIN PRIVATE KEY-----\nMII=\n-----END PRIVATE KEY-----\n";
const TYPESCRIPT: Given = { entry: "server.ts", files: { "server.ts": "" } };

suite("the image of an app", () => {
  test("starts it as its user does", async (t) => {
    const { command } = await imageOf(t, { flags: { port: 8080, "timeouts.drain": "5s" }, args: ["--verbose"] });
    assert.deepEqual(command, [
      "drover",
      "start",
      "app.js",
      "--name=shop",
      "--port=8080",
      "--drain-timeout=5s",
      "--",
      "--verbose",
    ]);
  });

  test("has a name that Docker takes", async (t) => {
    const names = ["shop", "@acme/web_Shop", "Ünï", "--", "a..b"].map(async (name) => imageOf(t, { flags: { name } }));
    assert.deepEqual(
      (await Promise.all(names)).map((image) => image.name),
      ["shop", "acme-web-shop", "n", "app", "a-b"],
    );
  });

  test("opens what can be reached from outside", async (t) => {
    const listen = ["127.0.0.1:1", "0.0.0.0:2", "unix:/run/web.sock", "[::]:3"];
    assert.deepEqual((await imageOf(t, { file: { listen } })).ports, [2, 3]);
    assert.deepEqual((await imageOf(t, { file: { listen: false } })).ports, []);
  });

  test("takes over what the environment has said, but not what may hold a password", async (t) => {
    const image = await imageOf(t, { env: { PORT: "8080", REDIS_URL: "redis://:secret@cache" } });
    assert.deepEqual(image.env, { DROVER_ADMIN: "9000", PORT: "8080" });
    assert.deepEqual([image.passed, image.store], [["REDIS_URL"], "redis"]);
    assert.ok(!JSON.stringify(image).includes("secret"));
  });

  test("is told of a store without a password by the flag that names it", async (t) => {
    const { command } = await imageOf(t, { flags: { store: "redis://ada@cache" } });
    assert.equal(command.at(-1), "--store=redis://ada@cache");
  });

  test("leaves out what holds keys, and has it mounted where it is used", async (t) => {
    const tls = { cert: "/etc/tls/cert.pem", key: "tls/key", certificates: [{ pfx: "more.pfx" }] };
    const givenIn = async (mode: string) => {
      const { mounted, leftOut } = await imageOf(t, { file: { tls: { ...tls, mode } } });
      return { mounted, leftOut };
    };
    const leftOut = ["tls/key", "more.pfx"];
    assert.deepEqual(await givenIn("auto"), { mounted: ["/etc/tls/cert.pem", ...leftOut], leftOut });
    assert.deepEqual(await givenIn("off"), { mounted: [], leftOut });
    const pem = "-----BEGIN PRIVATE KEY-----";
    const { mounted } = await imageOf(t, { env: { DROVER_TLS_CERT: pem, DROVER_TLS_KEY: pem } });
    assert.deepEqual(mounted, []);
  });

  test("asks for health where the app's user has put it", async (t) => {
    const asks = async (admin?: string) => {
      const image = await imageOf(t, { file: { admin } });
      return { ...image.admin, env: image.env["DROVER_ADMIN"] };
    };
    assert.deepEqual(await asks(), { host: "127.0.0.1", port: 9000, env: "9000" });
    assert.deepEqual(await asks("0.0.0.0:9100"), { host: "127.0.0.1", port: 9100, env: undefined });
    assert.deepEqual(await asks("[::]:9100"), { host: "::1", port: 9100, env: undefined });
    assert.deepEqual(await asks("unix:/run/admin.sock"), { socketPath: "/run/admin.sock", env: undefined });
  });

  test("asks for health at another port where the app has that one", async (t) => {
    const adminOf = async (given: Given) => (await imageOf(t, given)).env["DROVER_ADMIN"];
    assert.equal(await adminOf({ flags: { port: 9000 } }), "9001");
    assert.equal(await adminOf({ file: { listen: ["0.0.0.0:80", "127.0.0.1:9000"] } }), "9001");
    assert.equal(await adminOf({ file: { port: 9001, tls: { mode: "dev", redirect: ["9000"] } } }), "9002");
  });

  test("grants a stop more than it can take", async (t) => {
    const { grace } = await imageOf(t, { flags: { "timeouts.drain": "30s", "timeouts.lameduck": "5s" } });
    assert.equal(grace, 40);
  });

  test("has as many workers as CPUs, unless somebody has said how many", async (t) => {
    assert.equal((await imageOf(t, {})).workers, null);
    assert.equal((await imageOf(t, { flags: { workers: "auto" } })).workers, null);
    assert.equal((await imageOf(t, { file: { workers: 4 } })).workers, 4);
  });

  const REMARKS: readonly (readonly [what: string, Given, Partial<PackageFacts>, said: readonly RegExp[]])[] = [
    ["a loader of TypeScript for development alone", TYPESCRIPT, { devDependencies: ["tsx"] }, [/^tsx is among dev/]],
    [
      "a loader that an option names",
      { flags: { nodeOptions: "--import tsx" } },
      { devDependencies: ["tsx"] },
      [/^tsx/],
    ],
    ["a loader that nothing uses", {}, { devDependencies: ["tsx"] }, []],
    ["a loader that is in the image", TYPESCRIPT, { dependencies: ["tsx"], devDependencies: ["@oxc-node/core"] }, []],
    ["packages without a lock file", {}, { files: [] }, [/^there is no lock file/]],
    ["an app without packages", {}, { files: [], dependencies: [] }, []],
    ["files that are mounted", { file: { envFile: ".env" }, files: { ".env": "" } }, {}, [/^user 1000.* read \.env$/]],
  ];
  for (const [what, given, facts, said] of REMARKS) {
    test(`comes with ${said.length === 0 ? "no remark" : "a remark"} for ${what}`, async (t) => {
      const { remarks } = await imageOf(t, given, facts);
      assert.equal(remarks.length, said.length, remarks.join("\n"));
      for (const [index, pattern] of said.entries()) assert.match(remarks[index] ?? "", pattern);
    });
  }

  const refused: readonly (readonly [string, Given, Partial<PackageFacts>, RegExp])[] = [
    ["an address that nobody reaches", { flags: { host: "127.0.0.1" } }, {}, /from outside of the container, got 127/],
    ["a unix socket alone", { file: { listen: ["unix:/run/web.sock"] } }, {}, /got a unix socket/],
    ["any free port", { flags: { port: 0 } }, {}, /a port that is known beforehand/],
    ["a user", { file: { user: String(process.getuid?.() ?? 0) } }, {}, /runs as its container does/],
    ["an address for each worker", { file: { perSlot: true } }, {}, /one address for all workers/],
    ["an entry elsewhere", { entry: import.meta.filename }, {}, /expected all of the app below/],
    [
      "a password in a flag",
      { flags: { store: "redis://:hush@cache" } },
      {},
      /^(?!.*hush).*got one with a secret: flag --store$/,
    ],
    [
      "a key in a flag",
      { flags: { "tls.cert": "/c.pem", "tls.key": KEY } },
      {},
      /^(?!.*MII).*got one with a secret: flag --tls-key$/,
    ],
    ["Bun", {}, { files: ["bun.lockb"] }, /npm, pnpm or Yarn 1, got one of Bun/],
    ["Yarn from 2 on", {}, { files: ["yarn.lock", ".yarnrc.yml"] }, /npm, pnpm or Yarn 1/],
  ];
  for (const [what, given, facts, message] of refused) {
    test(`is refused for ${what}, which says what to do`, async (t) => {
      await assert.rejects(imageOf(t, given, facts), (error: Error & { hint?: string; code?: string }) => {
        assert.match(error.message, message);
        assert.equal(error.code, "USAGE");
        return (error.hint ?? "") !== "";
      });
    });
  }
});
