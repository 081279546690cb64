import { createServer } from "node:http";
import { threadId } from "node:worker_threads";

const server = createServer((req, res) => {
  if (req.url === "/pid") return res.end(`${process.pid}.${threadId}`);
  let bytes = 0;
  req.on("data", (chunk) => (bytes += chunk.length));
  req.on("end", () => res.end(String(bytes)));
});
server.listen(Number(process.env.PORT));
