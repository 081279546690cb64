import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Traffic, type Begun } from "../../../src/worker/traffic/traffic.ts";
import { until } from "../../support/wait.ts";

test("what a request has set going knows its response while it is being answered, and does not hold it afterwards", async (t) => {
  const traffic = new Traffic();
  const seen: Begun[] = [];
  traffic.watchRequests();
  traffic.onRequest((response, begun) => {
    assert.equal(begun.response, response);
    seen.push(begun);
  });
  const server = createServer((_, response) => void response.end());
  t.after(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const [answer] = await once(get({ port, host: "127.0.0.1", agent: false }), "response");
  await once(answer.resume(), "end");
  await until(() => traffic.inFlight().length === 0, "the end of the request");
  assert.deepEqual(seen, [{ ...seen[0], response: null }]);
});
