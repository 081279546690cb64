import { createServer } from "node:http";
import { threadId } from "node:worker_threads";

const server = createServer((req, res) => {
  res.setHeader("Content-Type", "text/plain");
  // So that a run begins only when every worker answers; in Watt they are threads of one process.
  res.end(req.url === "/pid" ? `${process.pid}.${threadId}` : "Hello, world!\n");
});
server.listen(Number(process.env.PORT));
