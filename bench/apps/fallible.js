import { createServer } from "node:http";
import { threadId } from "node:worker_threads";

// Longer than anybody looks; bounded, so that whoever runs it can be stopped.
const HANG_MS = 15_000;
// So that whatever happens to a worker happens while it has requests under way.
const ECHO_MS = 30;

const worker = `${process.pid}.${threadId}`;

const server = createServer((req, res) => {
  res.setHeader("X-Worker", worker);
  if (req.url === "/crash") {
    // Answered first: a proxy would ask the next worker what this one dies of.
    res.end("", () => {
      throw new Error("crashed as asked");
    });
    return;
  }
  if (req.url === "/hang") for (const end = Date.now() + HANG_MS; Date.now() < end;);
  if (req.method === "GET") {
    res.end(req.url === "/pid" ? worker : "Hello, world!\n");
    return;
  }
  const chunks = [];
  req.on("data", (chunk) => chunks.push(chunk));
  req.on("end", () => setTimeout(() => res.end(Buffer.concat(chunks)), ECHO_MS));
});
server.listen(Number(process.env.PORT));
