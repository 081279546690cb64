// What people write by hand around a server: hello.js, or SERVER. NODE_CLUSTER_SCHED_POLICY chooses who accepts: rr (the default) or none.
import cluster from "node:cluster";

cluster.setupPrimary({ exec: new URL(process.env.SERVER ?? "hello.js", import.meta.url).pathname });
for (let count = Number(process.env.WORKERS); count > 0; count--) cluster.fork();
cluster.on("exit", () => cluster.fork());
