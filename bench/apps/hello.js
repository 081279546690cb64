import { createServer } from "node:http";

const server = createServer((req, res) => {
  res.setHeader("Content-Type", "text/plain");
  // So that a run begins only when every worker answers.
  res.end(req.url === "/pid" ? String(process.pid) : "Hello, world!\n");
});
server.listen(Number(process.env.PORT));
