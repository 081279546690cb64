// Before any app: each server that listens shares its port with those of other processes, and the kernel chooses among them.
import { Server } from "node:net";

const { value: listen } = Object.getOwnPropertyDescriptor(Server.prototype, "listen");

Server.prototype.listen = function (where, ...more) {
  const options = typeof where === "object" ? where : { port: Number(where) };
  const ready = more.filter((one) => typeof one === "function");
  return listen.call(this, { ...options, reusePort: true }, ...ready);
};
