// What people write by hand around hello.js. NODE_CLUSTER_SCHED_POLICY chooses who accepts: rr (the default) or none.
import cluster from "node:cluster";

cluster.setupPrimary({ exec: new URL("hello.js", import.meta.url).pathname });
for (let count = Number(process.env.WORKERS); count > 0; count--) cluster.fork();
cluster.on("exit", () => cluster.fork());
