import { once } from "node:events";
import type { Server } from "node:net";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** Lets it listen until the test's end, and answers its URL. */
export async function listen(t: TestContext, server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
