import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSelfSigned } from "../../test/support/certificates.ts";

/** The files that servers and load generators are given, in a folder of their own. */
export interface Place {
  /** PEM files: P-256, as certificate authorities give them out, signed by itself. */
  readonly cert: string;
  readonly key: string;
  /** 1 KB of JSON. */
  readonly body: string;
  /** `DROVER_HOME`: whatever else runs by Drover on this machine is left alone. */
  readonly home: string;
  leave(): void;
}

const BODY_BYTES = 1024;

export async function openPlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "drover-bench-"));
  const { cert, key } = await createSelfSigned({ names: ["localhost", "127.0.0.1"] });
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  return {
    cert: write("cert.pem", cert),
    key: write("key.pem", key),
    body: write("body.json", newBody()),
    home: join(folder, "home"),
    leave: () => rmSync(folder, { recursive: true }),
  };
}

function newBody(): string {
  const items = Array.from({ length: 12 }, (_, index) => ({ article: 4711 + index, count: 2, price: "41.90" }));
  const order = { customer: "7f3a91", items, note: "" };
  return JSON.stringify({ ...order, note: "x".repeat(BODY_BYTES - JSON.stringify(order).length) });
}
