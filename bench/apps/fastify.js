import { threadId } from "node:worker_threads";
import Fastify from "fastify";

const app = Fastify();
app.get("/", async () => "Hello, world!\n");
app.get("/pid", async () => `${process.pid}.${threadId}`);
await app.listen({ port: Number(process.env.PORT) });
