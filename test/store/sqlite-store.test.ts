import { join } from "node:path";
import type { TestContext } from "node:test";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { behaviour } from "./behaviour.ts";

behaviour("the embedded store, two connections to a file", async (t) => {
  const path = join(temporaryFolder(t), "store.db");
  const open = () => openSqliteStore({ engine: "sqlite", path, maxSize: 512_000_000 }, `sqlite:${path}`);
  return ended(t, { store: open(), sibling: open() });
});

behaviour("the store in memory", async (t) => {
  const store = openSqliteStore({ engine: "memory" }, "memory:");
  return ended(t, { store, sibling: store });
});

function ended<Stores extends Record<string, { close(): Promise<void> }>>(t: TestContext, stores: Stores): Stores {
  t.after(() => Promise.all(Object.values(stores).map((store) => store.close())));
  return stores;
}
