import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../support/fixture.ts";
import { need } from "../../support/tools.ts";

test("the unit of docs/nginx-sync.md is as systemd wants it", (t) => {
  if (!need(t, "systemd-analyze", "systemd")) return;
  const docs = readFileSync(new URL("../../../docs/nginx-sync.md", import.meta.url), "utf8");
  const text = /^```ini\n([^`]+)```$/m.exec(docs)?.[1] ?? "";
  const file = join(temporaryFolder(t), "shop-nginx.service");
  // A command that is not there is the only thing it may complain of.
  writeFileSync(file, text.replace(/^(ExecStart=)\S+/m, `$1${process.execPath}`));
  const { stderr, status } = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" });
  // It reads the machine's own units, too.
  const complaints = stderr.split("\n").filter((line) => line.includes("shop-nginx"));
  assert.deepEqual([complaints, status], [[], 0]);
});
