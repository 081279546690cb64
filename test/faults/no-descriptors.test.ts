import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../support/client.ts";
import { start } from "../support/drover.ts";
import { app } from "../support/fixture.ts";
import { record } from "../support/reliability.ts";
import { until } from "../support/wait.ts";

const LIMIT = 64;
const CLIENTS = 300;

test(`a worker with ${LIMIT} descriptors lives through ${CLIENTS} connections at once, and serves again when they are gone`, async (t) => {
  const drover = await start(t, app("http.js"), { workers: 2, through: ["prlimit", `--nofile=${LIMIT}`] });
  const workers = new Map(drover.workers());
  const connections = Array.from({ length: CLIENTS }, () => connect({ port: drover.port }));
  const answers = await Promise.all(connections.map((connection) => connection.request()));
  const served = answers.filter(({ outcome }) => outcome === "ok");
  record({
    fault: `${CLIENTS} clients at once, and workers that have no descriptors left: ${LIMIT} each`,
    sent: CLIENTS,
    lost: CLIENTS - served.length,
    note: "those for whom there is no descriptor: their connections are closed unread; no worker dies, and all are served once others have gone",
  });
  assert.ok(served.length > 0);
  for (const connection of connections) connection.close();
  await until(async () => (await request(drover)).outcome === "ok", "an answer");
  for (let count = 0; count < 20; count += 1) assert.equal((await request(drover)).response?.status, 200);
  assert.deepEqual(drover.workers(), workers);
});
