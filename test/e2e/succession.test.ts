import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Snapshot } from "../../src/protocol/control.ts";
import { SUCCESSION_ENV, type Succession } from "../../src/protocol/succession.ts";
import { request } from "../support/client.ts";
import { runCli } from "../support/drover.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { holdSocket, passing } from "../support/held-sockets.ts";

test("a primary takes a dead one's place: its sockets, its count of generations, and how many workers there were", async (t) => {
  const path = join(temporaryFolder(t), "web.sock");
  const entry = join(temporaryFolder(t), "app.cjs");
  writeFileSync(entry, 'module.exports = (_, response) => response.end("here");\n');
  const [port, unix] = [await holdSocket(t, "127.0.0.1"), await holdSocket(t, path)];
  const succession: Succession = {
    version: 1,
    name: "web",
    predecessor: null,
    generation: 7,
    workers: { size: 2, configured: 1 },
    withdrawn: true,
    restarts: [{ slot: 2, count: 4 }],
    listeners: [
      { key: "127.0.0.1:0#0", fd: 3 },
      { key: `unix:${path}`, fd: 4 },
    ],
    control: null,
    admin: null,
  };
  const flags = [
    "--name",
    "web",
    "-w",
    "1",
    "--log-format",
    "json",
    "--listen",
    "127.0.0.1:0",
    "--listen",
    `unix:${path}`,
  ];
  const drover = runCli(t, ["start", entry, ...flags], {
    passed: passing(port, unix),
    env: { [SUCCESSION_ENV]: JSON.stringify(succession) },
  });
  await drover.log.event("ready");
  const answers = await Promise.all([request({ port: port.port }), request({ path })]);
  assert.deepEqual(
    answers.map(({ response }) => response?.body.toString()),
    ["here", "here"],
  );
  const { generation, size, state, workers } = JSON.parse((await drover.verb("status", "--json")).stdout) as Snapshot;
  assert.deepEqual(
    { generation, size, state, restarts: workers.map(({ restarts }) => restarts) },
    { generation: 8, size: 2, state: "lameduck", restarts: [0, 4] },
  );
  assert.equal((await drover.stop()).code, 0);
  // As its own, though another process has bound it.
  assert.equal(existsSync(path), false);
});
