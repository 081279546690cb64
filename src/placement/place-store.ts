import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { folderOf, homeOf } from "../control/home.ts";
import { AppError } from "../errors.ts";
import { parseStoreAddress, showStoreAddress } from "../protocol/store-address.ts";
import { choosePlace, placesFor, problemWith, type Choice, type Facts, type Warning } from "./choose-place.ts";
import { isSameWish, type Wish } from "./keep-place.ts";
import { lookAt, type Owner } from "./look-at.ts";
import { makeFolderFor } from "./make-folder.ts";

/** Where an app's store is. */
export interface PlacedStore {
  /** Its address, for the workers. May hold a password. */
  readonly address: string;
  /** The same for people. */
  readonly shown: string;
  readonly warning: Warning | null;
  readonly wish: Wish;
}

/**
 * @param env the primary's, which says where its folder is
 * @param isDry only says where: creates nothing
 */
export function placeStore(wish: Wish, env: NodeJS.ProcessEnv, isDry = false): PlacedStore {
  const { store, name, owner } = wish;
  const app = folderOf(name);
  if (store !== "embedded") return placed(withPrefix(store, app), null, wish);
  const { file, maxSize, warning } = findPlace(app, env, owner, isDry);
  if (owner.foreign && !isDry) makeFolderFor(dirname(file), owner);
  const limit = maxSize === null ? "" : `?maxSize=${maxSize}`;
  return placed(`sqlite:${pathToFileURL(file).pathname}${limit}`, warning, wish);
}

/** For a reload. @param before where it is for the generation that runs */
export function placeStoreAgain(before: PlacedStore, wish: Wish, env: NodeJS.ProcessEnv): PlacedStore {
  return isSameWish(before.wish, wish) ? before : placeStore(wish, env);
}

/** No further than to the first that will do. */
function findPlace(app: string, env: NodeJS.ProcessEnv, owner: Owner, isDry: boolean): Choice {
  const service = env["STATE_DIRECTORY"]?.split(":")[0] || null;
  const facts: Facts[] = [];
  for (const place of placesFor({ service, home: homeIfAny(env), ...owner, app })) {
    const fact = lookAt(place, owner, isDry);
    facts.push(fact);
    if (problemWith(fact) === null) break;
  }
  return choosePlace(facts);
}

function homeIfAny(env: NodeJS.ProcessEnv): string | null {
  try {
    return homeOf(env).folder;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** Of Redis: other apps may use the same. */
function withPrefix(address: string, app: string): string {
  const url = new URL(address);
  if (url.protocol !== "sqlite:" && !url.searchParams.has("prefix")) url.searchParams.set("prefix", app);
  return url.href;
}

function placed(address: string, warning: Warning | null, wish: Wish): PlacedStore {
  const parsed = parseStoreAddress(address);
  return { address, shown: parsed === null ? "" : showStoreAddress(parsed), warning, wish };
}
