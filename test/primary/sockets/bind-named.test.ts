import assert from "node:assert/strict";
import { constants } from "node:os";
import { suite, test } from "node:test";
import { bindNamed } from "../../../src/primary/sockets/bind-named.ts";
import type { Listeners } from "../../../src/primary/sockets/listeners.ts";
import type { Generation } from "../../../src/primary/workers/generations.ts";
import type { Address } from "../../../src/protocol/address.ts";

/** Listeners where these ports are taken. */
function listeners(...taken: readonly number[]) {
  const held: Address[] = [];
  const listeners = {
    all: () => held,
    divide: () => undefined,
    get: () => undefined,
    open: async (address: Address) => {
      if (address.kind === "tcp" && taken.includes(address.port)) return -constants.errno.EADDRINUSE;
      held.push(address);
      return address;
    },
    release: () => undefined,
  };
  return { held, listeners: listeners as unknown as Listeners };
}

function generation(acme: object, origin: string, redirect: readonly string[] = ["80"]): Generation {
  const tls = { mode: "auto", cert: null, pfx: null, certificates: [], redirect, acme };
  const config = { listen: [], host: null, port: 443, tls };
  const origins = { port: "default, with ACME", "tls.redirect": origin };
  return { resolved: { config, origins }, launch: { boot: { redirects: [{ port: 80 }], hostFor: null } } } as never;
}

const AUTO = { domains: ["shop.example"], challenge: "auto" };
const HTTP = { domains: ["shop.example"], challenge: "http-01" };

suite("addresses of redirects", () => {
  test("are bound with the named ones, before any worker starts", async () => {
    const { held, listeners: free } = listeners();
    const one = generation(AUTO, "default, with ACME");
    assert.deepEqual(await bindNamed(free, one, 1), []);
    assert.deepEqual(
      held.map((address) => address.kind === "tcp" && address.port),
      [443, 80],
    );
    assert.deepEqual(one.launch.boot.redirects, [{ port: 80 }]);
  });

  test("that come with ACME may be taken: the generation does without", async () => {
    const one = generation(AUTO, "default, with ACME");
    const [missed] = await bindNamed(listeners(80).listeners, one, 1);
    assert.equal(missed?.code, "ADDRESS_IN_USE");
    assert.deepEqual(one.launch.boot.redirects, []);
  });

  test("that were asked for, or that the challenge needs, are not done without", async () => {
    await assert.rejects(bindNamed(listeners(80).listeners, generation(AUTO, "flag --tls-redirect"), 1), {
      code: "ADDRESS_IN_USE",
    });
    await assert.rejects(bindNamed(listeners(80).listeners, generation(HTTP, "default, with ACME"), 1), {
      code: "ADDRESS_IN_USE",
    });
  });
});
