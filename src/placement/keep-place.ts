import type { Owner } from "./look-at.ts";

/** What decides where an app's store is and a reload may change; Drover's own environment decides too, and stays. */
export interface Wish {
  /** The option: `embedded`, or an address. */
  readonly store: string;
  /** The app's: two of one machine, or one Redis, are not to share a store by accident. */
  readonly name: string;
  /** The user the workers run as. */
  readonly owner: Owner;
}

/**
 * Whether the store stays where it is. What the file system says does not count once the app runs: a disk that is read-only for a moment would log everybody
 * out at a reload, and who logged out meanwhile would be logged in again at the next.
 */
export function isSameWish(old: Wish, next: Wish): boolean {
  const isSameOwner = old.owner.uid === next.owner.uid && old.owner.gid === next.owner.gid;
  return old.store === next.store && old.name === next.name && isSameOwner;
}
