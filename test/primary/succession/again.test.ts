import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ownProgram, startAgain, type Start } from "../../../src/primary/succession/again.ts";
import { BACKGROUND_ENV } from "../../../src/protocol/starting.ts";
import { SUCCESSION_ENV, type Succession } from "../../../src/protocol/succession.ts";

const START: Start = {
  node: "/opt/node-24/bin/node",
  argv0: "node",
  execArgv: ["--enable-source-maps"],
  cli: "/srv/releases/1/node_modules/.bin/drover",
  args: ["start", "app.js", "-w", "2"],
  cwd: "/srv/current",
  realCwd: "/srv/releases/1",
  detached: true,
};

const programs: readonly (readonly [title: string, given: Partial<Start>, node: string, cli: string])[] = [
  [
    "Drover below the folder it was started in, by the folder's own name",
    {},
    START.node,
    "/srv/current/node_modules/.bin/drover",
  ],
  ["Drover elsewhere", { cli: "/usr/lib/drover/cli.js" }, START.node, "/usr/lib/drover/cli.js"],
  [
    "Node by the path it was called by",
    { argv0: "/opt/node/bin/node", cli: "/cli.js" },
    "/opt/node/bin/node",
    "/cli.js",
  ],
];

suite("without a word on it the successor is", () => {
  for (const [title, given, node, cli] of programs) {
    test(title, () => assert.deepEqual(ownProgram({ ...START, ...given }), { node, cli }));
  }
});

const ESTATE: Succession = {
  version: 1,
  name: "web",
  predecessor: { pid: 7 },
  generation: 3,
  workers: null,
  withdrawn: false,
  restarts: [],
  listeners: [
    { key: "*:3000", fd: 20 },
    { key: "unix:/run/web.sock", fd: 21, passed: "web.socket" },
  ],
  control: 30,
  admin: { written: "9000", fd: 31 },
};

suite("a successor is started", () => {
  const program = { node: "/new/node", cli: "/new/cli.js" };

  test("with the same command line, in the same folder by its own name", () => {
    const { node, argv, cwd, env, detached } = startAgain(START, program, ESTATE, { PATH: "/bin", PWD: "/elsewhere" });
    assert.deepEqual(
      [node, ...argv],
      ["/new/node", "--enable-source-maps", "/new/cli.js", "start", "app.js", "-w", "2"],
    );
    assert.deepEqual(
      [cwd, env["PWD"], env["PATH"], env[BACKGROUND_ENV], detached],
      ["/srv/current", "/srv/current", "/bin", "1", true],
    );
  });

  test("with the sockets as its own descriptors, after those that every process has", () => {
    const { env, fds } = startAgain({ ...START, detached: false }, program, ESTATE, {});
    const { listeners, control, admin } = JSON.parse(env[SUCCESSION_ENV] ?? "") as Succession;
    assert.deepEqual(fds, [20, 21, 30, 31]);
    assert.deepEqual([listeners.map(({ fd }) => fd), control, admin], [[4, 5], 6, { written: "9000", fd: 7 }]);
    assert.equal(env[BACKGROUND_ENV], "attached");
  });
});
