import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { overBoth } from "../../support/express-over.ts";
import { temporaryFolder } from "../../support/fixture.ts";

const LARGE = randomBytes(2_000_000);

function folder(t: TestContext): string {
  const path = temporaryFolder(t);
  writeFileSync(join(path, "index.html"), "<p>home</p>");
  writeFileSync(join(path, "digits.txt"), "0123456789");
  writeFileSync(join(path, "large.bin"), LARGE);
  return path;
}

overBoth("static files come with type, ETag and 304", async ({ t, express, serve }) => {
  const visitor = await serve(express().use("/files", express.static(folder(t))));
  const home = await visitor.ask("/files/");
  assert.deepEqual(
    [home.status, home.text, String(home.headers["content-type"]).toLowerCase()],
    [200, "<p>home</p>", "text/html; charset=utf-8"],
  );
  const again = { "if-none-match": String(home.headers.etag) };
  assert.equal((await visitor.ask("/files/", { headers: again })).status, 304);
  const head = await visitor.ask("/files/large.bin", { method: "HEAD" });
  assert.deepEqual([head.status, head.headers["content-length"], head.text], [200, "2000000", ""]);
  assert.ok((await visitor.ask("/files/large.bin")).body.equals(LARGE));
  assert.equal((await visitor.ask("/files")).status, 301);
  assert.equal((await visitor.ask("/files/missing")).status, 404);
});

overBoth("ranges are answered 206, 416 and in several parts whole", async ({ t, express, serve }) => {
  const visitor = await serve(express().use(express.static(folder(t))));
  const range = (value: string) => visitor.ask("/digits.txt", { headers: { range: value } });
  const some = await range("bytes=2-4");
  assert.deepEqual([some.status, some.text, some.headers["content-range"]], [206, "234", "bytes 2-4/10"]);
  assert.equal((await range("bytes=-3")).text, "789");
  assert.deepEqual([(await range("bytes=20-")).status, (await range("bytes=0-1,4-5")).text], [416, "0123456789"]);
});

overBoth("sendFile, download and attachment send files and say when they were sent", async ({ t, express, serve }) => {
  const root = folder(t);
  const sent: unknown[] = [];
  const app = express();
  app.get("/send", (_req, res) => res.sendFile("digits.txt", { root }, (error) => sent.push(error)));
  app.get("/download", (_req, res) => res.download(join(root, "large.bin"), "a b.bin", (error) => sent.push(error)));
  app.get("/attachment", (_req, res) => void res.attachment("list.csv").send("a,b"));
  app.get("/missing", (_req, res) => res.sendFile("missing.txt", { root }));
  const visitor = await serve(app);
  assert.equal((await visitor.ask("/send")).text, "0123456789");
  const download = await visitor.ask("/download");
  assert.equal(download.headers["content-disposition"], 'attachment; filename="a b.bin"');
  assert.ok(download.body.equals(LARGE));
  assert.equal((await visitor.ask("/attachment")).headers["content-type"], "text/csv; charset=utf-8");
  assert.equal((await visitor.ask("/missing")).status, 404);
  assert.deepEqual(sent, [undefined, undefined]);
});
