import assert from "node:assert/strict";
import { overBoth } from "../../support/express-over.ts";

overBoth(
  "trailers of an answer arrive, of a stream as of an answer in one piece",
  async ({ express, protocol, serve }) => {
    const app = express();
    app.get("/stream", (_req, res) => {
      res.set("Trailer", "X-Sum");
      res.write("part");
      res.addTrailers({ "X-Sum": "1", "X-List": "a, b" });
      res.end();
    });
    app.get("/whole", (_req, res) => {
      res.set("Trailer", "X-Sum");
      res.addTrailers({ "X-Sum": "2" });
      res.end("whole");
    });
    const visitor = await serve(app);
    const stream = await visitor.ask("/stream");
    assert.equal(stream.text, "part");
    assert.deepEqual([stream.trailers["x-sum"], stream.trailers["x-list"]], ["1", "a, b"]);
    const whole = await visitor.ask("/whole");
    assert.deepEqual([whole.text, whole.trailers["x-sum"]], ["whole", "2"], protocol);
  },
);

overBoth("trailers of a request are there when it has ended", async ({ express, serve }) => {
  const app = express();
  app.post("/", (req, res) => {
    req.resume().on("end", () => res.json([req.trailers, req.rawTrailers, req.complete]));
  });
  const visitor = await serve(app);
  const { text } = await visitor.ask("/", { body: "x", trailers: { "x-sum": "1" } });
  assert.deepEqual(JSON.parse(text), [{ "x-sum": "1" }, ["x-sum", "1"], true]);
});

overBoth("early hints, 102 and 100 come before the answer", async ({ express, serve }) => {
  const app = express();
  app.get("/", (_req, res) => {
    res.writeContinue();
    res.writeProcessing();
    res.writeEarlyHints({ link: ["</a.css>; rel=preload", "</b.js>; rel=preload"], "x-trace": "1" }, () =>
      res.send("answer"),
    );
  });
  const visitor = await serve(app);
  const { status, text, informational } = await visitor.ask("/");
  assert.deepEqual([status, text], [200, "answer"]);
  assert.deepEqual(
    informational.filter((code) => code !== 100),
    [102, 103],
  );
});
