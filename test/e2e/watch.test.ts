import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { request } from "../support/client.ts";
import { start, type ReadyDrover } from "../support/drover.ts";
import { temporaryFolder } from "../support/fixture.ts";

const APP = `
import http from "node:http";
import { writeFileSync } from "node:fs";
import { word } from "./word.mjs";
http
  .createServer((request, response) => {
    if (request.url === "/write") writeFileSync(new URL("./data.json", import.meta.url), String(Math.random()));
    response.end(word + " " + process.env.NODE_ENV);
  })
  .listen(process.env.PORT);
`;

async function watched(t: TestContext): Promise<{ drover: ReadyDrover; folder: string; say: () => Promise<string> }> {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "app.mjs"), APP);
  writeFileSync(join(folder, "word.mjs"), 'export const word = "one";');
  const drover = await start(t, join(folder, "app.mjs"), { flags: ["--watch"] });
  const say = async (): Promise<string> => (await request({ port: drover.port })).response?.body.toString() ?? "";
  return { drover, folder, say };
}

test("reloads when a file that the app has loaded changes", async (t) => {
  const { drover, folder, say } = await watched(t);
  assert.equal(await say(), "one development");
  writeFileSync(join(folder, "word.mjs"), 'export const word = "two";');
  await drover.log.event("reloaded");
  assert.equal(await say(), "two development");
  assert.equal(drover.log.events("reload-started")[0]?.["why"], "word.mjs has changed");
});

test("does not reload for what the app itself writes", async (t) => {
  const { drover, folder, say } = await watched(t);
  await request({ port: drover.port }, { path: "/write" });
  writeFileSync(join(folder, "word.mjs"), 'export const word = "two";');
  await drover.log.event("reloaded");
  assert.equal(await say(), "two development");
  assert.deepEqual(
    drover.log.events("reload-started").map((line) => line["why"]),
    ["word.mjs has changed"],
  );
});

test("serves the last good version until the mistake is mended, be it in a file that did not exist", async (t) => {
  const { drover, folder, say } = await watched(t);
  writeFileSync(join(folder, "word.mjs"), 'export { word } from "./missing.mjs";');
  await drover.log.event("reload-rolled-back");
  assert.equal(await say(), "one development");
  writeFileSync(join(folder, "missing.mjs"), 'export const word = "three";');
  await drover.log.event("reloaded");
  assert.equal(await say(), "three development");
});

test("sees a folder that a clean build has removed and made anew", async (t) => {
  const folder = temporaryFolder(t);
  const build = (word: string): void => {
    rmSync(join(folder, "dist"), { recursive: true, force: true });
    mkdirSync(join(folder, "dist"));
    writeFileSync(join(folder, "dist/word.mjs"), `export const word = "${word}";`);
    writeFileSync(join(folder, "dist/app.mjs"), APP);
  };
  build("one");
  const drover = await start(t, join(folder, "dist/app.mjs"), { flags: ["--watch"], cwd: folder });
  const say = async (): Promise<string> => (await request({ port: drover.port })).response?.body.toString() ?? "";
  for (const [index, word] of ["two", "three"].entries()) {
    build(word);
    await drover.log.find(`reload ${index + 1}`, () => drover.log.events("reloaded").length === index + 1);
    assert.equal(await say(), `${word} development`);
  }
});
