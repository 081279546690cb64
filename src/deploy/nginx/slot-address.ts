import type { WrittenAddress } from "../../config/address.ts";

/** Where a slot listens with `--per-slot`: port 3000 becomes 3000, 3001 …; `/run/web.sock` becomes `/run/web-1.sock`, `/run/web-2.sock` … */
export function slotAddress(base: WrittenAddress, slot: number): WrittenAddress {
  if (base.kind === "tcp") return { ...base, port: base.port + slot - 1 };
  return { ...base, path: base.path.replace(/(?<=[^/])(\.[^./]*)?$/, (extension) => `-${slot}${extension}`) };
}
