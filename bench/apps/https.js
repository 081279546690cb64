import { readFileSync } from "node:fs";
import { createServer as createPlainServer } from "node:http";
import { createServer } from "node:https";
import { threadId } from "node:worker_threads";

const { PORT, TLS_CERT, TLS_KEY } = process.env;

function answer(req, res) {
  res.end(req.url === "/pid" ? `${process.pid}.${threadId}` : "Hello, world!\n");
}

// Without a certificate there is a proxy in front that has it.
const server = TLS_CERT
  ? createServer({ cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) }, answer)
  : createPlainServer(answer);
server.listen(Number(PORT));
