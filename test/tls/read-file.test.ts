import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { suite, test } from "node:test";
import { inTime, readRegularFile } from "../../src/tls/read-file.ts";
import { temporaryFolder } from "../support/fixture.ts";

suite("a file that is read", () => {
  test("is one with an end, and no socket or device", async (t) => {
    const folder = temporaryFolder(t);
    const [file, socket] = [join(folder, "a.pem"), join(folder, "a.sock")];
    writeFileSync(file, "text");
    assert.equal((await readRegularFile(file)).toString(), "text");
    const server = createServer().listen(socket);
    t.after(() => server.close());
    await once(server, "listening");
    for (const [path, code] of [
      [socket, "ENXIO"],
      ["/dev/zero", "ENXIO"],
      [folder, "EISDIR"],
      [join(folder, "none"), "ENOENT"],
    ] as const)
      await assert.rejects(readRegularFile(path), { code });
  });

  test("is waited for, but not for ever", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const never = inTime(10_000, new Promise(() => undefined));
    t.mock.timers.tick(10_000);
    await assert.rejects(never, { code: "ETIMEDOUT" });
  });
});
