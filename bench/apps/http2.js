import { readFileSync } from "node:fs";
import { createServer as createPlainServer } from "node:http";
import { createSecureServer } from "node:http2";
import { threadId } from "node:worker_threads";

const { PORT, TLS_CERT, TLS_KEY } = process.env;

function answer(req, res) {
  res.setHeader("Content-Type", "text/plain");
  res.end(req.url === "/pid" ? `${process.pid}.${threadId}` : "Hello, world!\n");
}

// Without a certificate there is a proxy in front that has it, and speaks HTTP/1.1 to the app.
const server = TLS_CERT
  ? createSecureServer({ cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY), allowHTTP1: true }, answer)
  : createPlainServer(answer);
server.listen(Number(PORT));
