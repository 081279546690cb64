import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { crowdedPort } from "../../src/config/per-slot.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { resolveIn, type Given } from "./resolve-in.ts";

const FLAGS = { perSlot: true, workers: "4" };

suite("with an address for each worker", () => {
  const refused: readonly (readonly [title: string, given: Given, code: ErrorCode, message: RegExp])[] = [
    [
      "a port is refused after which there are too few",
      { flags: { ...FLAGS, port: "65533" } },
      "USAGE",
      /^flag --port, port: expected a port for each of 4 workers, got 65533: the last would be above 65535$/,
    ],
    [
      "so is one of a config file",
      { file: { perSlot: true, workers: 4, listen: [3000, 65_533] } },
      "CONFIG_INVALID",
      /, listen: expected a port for each of 4 workers, got 65533/,
    ],
    [
      "ranges of ports must not meet",
      { flags: { ...FLAGS, listen: ["3000", "127.0.0.1:3003"] } },
      "USAGE",
      /^flag --listen, listen: expected room for 4 workers between the addresses, got 3000 and 127\.0\.0\.1:3003$/,
    ],
    [
      "nor paths",
      { flags: { ...FLAGS, listen: ["unix:/run/web.sock", "unix:/run/web.sock"] } },
      "USAGE",
      /expected room for 4 workers/,
    ],
    [
      "a redirect must have a port of its own",
      { flags: { ...FLAGS, port: "3000" }, file: { tls: { mode: "dev", redirect: [3002] } } },
      "CONFIG_INVALID",
      /expected an address of its own for plain HTTP, got 3002/,
    ],
    [
      "there must be addresses",
      { flags: { ...FLAGS, listen: false } },
      "USAGE",
      /^flag --per-slot, perSlot: expected an app that serves, got listen: false$/,
    ],
  ];
  for (const [title, given, code, message] of refused) {
    test(title, async (t) => {
      await assert.rejects(resolveIn(temporaryFolder(t), given), { code, message });
    });
  }

  test("ranges may be side by side", async (t) => {
    const listen = ["3000", "3004", "127.0.0.1:5000", "[::1]:5000", "unix:/run/web.sock", "0"];
    const { config } = await resolveIn(temporaryFolder(t), { flags: { ...FLAGS, listen } });
    assert.deepEqual(config.listen, listen);
    assert.equal(crowdedPort(config, 61_000), 5000);
  });

  test("any free port is never too high", async (t) => {
    const { config } = await resolveIn(temporaryFolder(t), { flags: { ...FLAGS, port: "0" } });
    assert.equal(crowdedPort(config, 1024), null);
  });
});

suite("the mode of sockets", () => {
  for (const socketMode of ["0660", "660", "0777"]) {
    test(`may be ${socketMode}`, async (t) => {
      const { config } = await resolveIn(temporaryFolder(t), { flags: { socketMode } });
      assert.equal(config.socketMode, socketMode);
    });
  }
  for (const socketMode of ["0888", "rw-rw----", "66", "01777"]) {
    test(`may not be ${socketMode}`, async (t) => {
      const message = /^flag --socket-mode: expected permissions as text, such as "0660", got/;
      await assert.rejects(resolveIn(temporaryFolder(t), { flags: { socketMode } }), { code: "USAGE", message });
    });
  }

  test("may not be a number, which files write in other ways", async (t) => {
    const file = { socketMode: 660 } as object;
    await assert.rejects(resolveIn(temporaryFolder(t), { file }), { code: "CONFIG_INVALID" });
  });
});
