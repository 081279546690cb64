import type { Boot } from "../../protocol/ipc.ts";
import { isNamed, isSame, type Place } from "./place.ts";

/** Which listen is at the app's own address: the one its user has named, else the first. Others are for somebody else, such as one for metrics. */
export class AppAddress {
  readonly #boot: Pick<Boot, "named" | "addresses">;
  /** Nobody has named an address: then the app's first one is meant. */
  #first: Place | null = null;

  constructor(boot: Pick<Boot, "named" | "addresses">) {
    this.#boot = boot;
  }

  isMeant(place: Place): boolean {
    this.#first ??= place;
    return this.#boot.named ? isNamed(place, this.#boot) : isSame(place, this.#first);
  }

  /** What was served from the export has given way to what the app opens by itself. */
  beginAnew(): void {
    this.#first = null;
  }
}
