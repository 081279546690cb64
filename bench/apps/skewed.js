import { createServer } from "node:http";
import { threadId } from "node:worker_threads";

const HEAVY_MICROS = 50_000;
// Of this thread where Node can tell: what other processes take from it must not make the work less.
const cpuUsage = () => process.threadCpuUsage?.() ?? process.cpuUsage();

function burn() {
  const { user, system } = cpuUsage();
  for (;;) {
    const now = cpuUsage();
    if (now.user + now.system - user - system >= HEAVY_MICROS) return;
  }
}

const server = createServer((req, res) => {
  res.setHeader("Content-Type", "text/plain");
  if (req.url === "/pid") return res.end(`${process.pid}.${threadId}`);
  if (req.url === "/heavy") burn();
  res.end("done\n");
});
server.listen(Number(process.env.PORT));
