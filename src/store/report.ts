import { CMD, type ToPrimary } from "../protocol/ipc.ts";

/**
 * Tells the primary, where there is one, that a store of this worker's cannot do its work (and why), or that it can again (`null`). The app's requests are not
 * slowed down by it, and a primary that is gone is nobody's loss.
 */
export function reportStore(store: string, degraded: string | null): void {
  if (!process.connected) return;
  const message: ToPrimary = { type: "store", store, degraded };
  process.send?.({ cmd: CMD, ...message }, undefined, undefined, () => undefined);
}
