// The entry, because it also runs as it stands under plain `node server.ts`; app.ts stays importable by tests.
import { app } from "./app.ts";

const server = app.listen(Number(process.env.PORT ?? 3000), () => {
  console.log("listening on", server.address());
});
