import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Traffic } from "../../../src/worker/traffic/traffic.ts";
import { whileBusy } from "../../../src/worker/traffic/while-busy.ts";
import { until } from "../../support/wait.ts";

const INTERVAL = 5;

test("a worker looks again and again while a request is under way, and no more when there is none", async (t) => {
  const traffic = new Traffic();
  traffic.watchRequests();
  let looks = 0;
  whileBusy(traffic, () => (looks += 1), INTERVAL);
  const held: ServerResponse[] = [];
  const server = createServer((_request, response) => void held.push(response)).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  for (let round = 0; round < 2; round += 1) {
    const before = looks;
    const answered = once(get({ port, agent: false }), "response");
    await until(() => looks > before + 3, "several looks");
    held.pop()?.end();
    await answered;
    await until(() => traffic.inFlight().length === 0, "the end of the request");
    await sleep(2 * INTERVAL);
    const last = looks;
    await sleep(10 * INTERVAL);
    assert.equal(looks, last);
  }
});
