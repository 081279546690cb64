import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { temporaryFolder } from "../support/fixture.ts";
import { drover } from "./source-cli.ts";

suite("deploy nginx --sync", () => {
  const rows: readonly (readonly [title: string, args: string, code: number, says: RegExp])[] = [
    ["an app without --per-slot", "", 2, /expected --sync together with --per-slot.* \[USAGE\]/],
    ["a flag for writing", "--per-slot --print", 2, /expected --sync without --print, .* \[USAGE\]/],
    ["--json", "--per-slot --json", 2, /expected --sync without --json, .* \[USAGE\]/],
    ["other machines", "--per-slot --server 10.0.0.1:3000", 2, /expected --sync without --server, .* \[USAGE\]/],
    ["a port that nginx cannot know", "--per-slot -p 0", 2, /expected a port that nginx can know, got 0/],
    ["half a command", `--per-slot --nginx "nginx`, 2, /flag --nginx: expected a command, got ""nginx"/],
    ["no nginx", "--per-slot --nginx /nowhere/nginx", 1, /expected \/nowhere\/nginx to run, .* \[NGINX_MISSING\]/],
  ];
  for (const [title, args, code, says] of rows) {
    test(`ends with ${code} for ${title}`, async (t) => {
      const folder = temporaryFolder(t);
      writeFileSync(join(folder, "app.js"), "");
      const line = ["deploy", "nginx", "app.js", "--sync", "up.conf", ...args.split(" ").filter(Boolean)];
      const answer = await drover(line, { cwd: folder, env: { DROVER_HOME: folder } });
      assert.deepEqual([answer.code, answer.stdout], [code, ""], answer.stderr);
      assert.match(answer.stderr, says);
    });
  }
});
