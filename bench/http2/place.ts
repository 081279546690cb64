import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The file that the load generator sends, in a folder of its own. */
export interface Place {
  /** 1 KB of JSON. */
  readonly body: string;
  leave(): void;
}

const BODY_BYTES = 1024;

export function openPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), "drover-bench-"));
  const body = join(folder, "body.json");
  writeFileSync(body, newBody());
  return { body, leave: () => rmSync(folder, { recursive: true }) };
}

function newBody(): string {
  const items = Array.from({ length: 12 }, (_, index) => ({ article: 4711 + index, count: 2, price: "41.90" }));
  const order = { customer: "7f3a91", items, note: "" };
  return JSON.stringify({ ...order, note: "x".repeat(BODY_BYTES - JSON.stringify(order).length) });
}
