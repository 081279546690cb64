import Fastify from "fastify";

const app = Fastify();
app.get("/", async () => "Hello, world!\n");
app.get("/pid", async () => String(process.pid));
export default app;
