import assert from "node:assert/strict";
import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { temporaryFolder } from "../../support/fixture.ts";
import { drover } from "../built-cli.ts";

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

  const files: readonly (readonly [title: string, file: string, says: RegExp])[] = [
    [
      "what is no upstream file",
      "mine.txt",
      /--sync: expected a file with upstream drover_shop .*, got "hello mine" in /,
    ],
    ["a folder that is not there", "no/up.conf", /--sync: expected a file in a folder that is there, got no folder /],
    ["a folder", "folder", /--sync: expected a file that can be read, got EISDIR from /],
  ];
  for (const [title, file, says] of files) {
    test(`refuses ${title}, before anything runs`, async (t) => {
      const folder = temporaryFolder(t);
      writeFileSync(join(folder, "app.js"), "");
      writeFileSync(join(folder, "mine.txt"), "hello mine");
      mkdirSync(join(folder, "folder"));
      const line = ["deploy", "nginx", "app.js", "--name", "shop", "--per-slot", "--sync", file];
      const { code, stderr } = await drover([...line, "--nginx", "/nowhere/nginx"], {
        cwd: folder,
        env: { DROVER_HOME: folder },
      });
      assert.equal(code, 2, stderr);
      assert.match(stderr, says);
      assert.match(stderr, /--split-upstream/);
      assert.equal(readFileSync(join(folder, "mine.txt"), "utf8"), "hello mine");
    });
  }

  test("writes no file for root where another user can", { skip: process.geteuid?.() !== 0 }, async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "app.js"), "");
    mkdirSync(join(folder, "conf.d"));
    chownSync(join(folder, "conf.d"), 1000, 1000);
    const line = ["deploy", "nginx", "app.js", "--per-slot", "--sync", "conf.d/up.conf"];
    const { code, stderr } = await drover(line, { cwd: folder, env: { DROVER_HOME: folder } });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /expected a file where root alone can write, got .*up\.conf: .* with the id 1000 \[USAGE\]/);
  });
});
