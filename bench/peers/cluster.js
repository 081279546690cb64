// What people write by hand around a server, the file APP.
import cluster from "node:cluster";

cluster.setupPrimary({ exec: process.env.APP });
for (let count = Number(process.env.WORKERS); count > 0; count--) cluster.fork();
cluster.on("exit", () => cluster.fork());
