// The entry, because it also runs as it stands under plain `node server.ts`; app.ts stays importable by tests.
import { createApp } from "./app.ts";
import { sessionSecret } from "./secret.ts";

const server = createApp(sessionSecret()).listen(Number(process.env.PORT ?? 3000), () => {
  console.log("listening on", server.address());
});
