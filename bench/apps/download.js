import { createServer } from "node:http";
import { threadId } from "node:worker_threads";

const file = Buffer.alloc(1024 * 1024, "drover ");
const server = createServer((req, res) => res.end(req.url === "/pid" ? `${process.pid}.${threadId}` : file));
server.listen(Number(process.env.PORT));
