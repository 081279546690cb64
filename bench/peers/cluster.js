// What people write by hand around a server, the file APP.
import cluster from "node:cluster";
import { once } from "node:events";

cluster.setupPrimary({ exec: process.env.APP });
for (let count = Number(process.env.WORKERS); count > 0; count--) cluster.fork();
cluster.on("exit", (worker) => {
  if (!worker.exitedAfterDisconnect) cluster.fork();
});

async function reload() {
  for (const old of Object.values(cluster.workers)) {
    await once(cluster.fork(), "listening");
    old.disconnect();
    const timer = setTimeout(() => old.kill(), 2000);
    await once(old, "exit");
    clearTimeout(timer);
  }
}
process.on("SIGHUP", () => void reload());
