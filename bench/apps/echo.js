import { createServer } from "node:http";
import { threadId } from "node:worker_threads";
import { WebSocketServer } from "ws";

const server = createServer((_req, res) => res.end(`${process.pid}.${threadId}`));
const sockets = new WebSocketServer({ server });
sockets.on("connection", (socket) => {
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});
server.listen(Number(process.env.PORT));
