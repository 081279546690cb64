import { lchownSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { mayWrite, nearest, type Owner } from "./look-at.ts";

/**
 * Creates the store's folder for workers of another user, where they cannot do so themselves. What is there already is left as it is: to hand on a folder
 * that its user may have filled with links would be to hand on what they lead to. A failure is the workers' to tell.
 */
export function makeFolderFor(folder: string, owner: Owner): void {
  try {
    if (nearest(folder) === folder || mayWrite(owner, nearest(folder))) return;
    mkdirSync(dirname(folder), { recursive: true, mode: 0o711 });
    mkdirSync(folder, 0o700);
    lchownSync(folder, owner.uid, owner.gid);
  } catch {
    return;
  }
}
