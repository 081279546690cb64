import { extname } from "node:path";

/** Drover's own folder: `dist`, or `src` where it runs from its source. A file further down cannot ask: in dist it may lie in a chunk, here. */
export const OWN_FOLDER: string = import.meta.dirname;

/** Whether this is the failure to load a file of Drover's: what runs has outlived its package, which was replaced or removed. */
export function isOwnFileGone(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return error.code === "ERR_MODULE_NOT_FOUND" && error.message.includes(OWN_FOLDER);
}

/** @param name of a file that runs by itself, as `worker/worker` */
export function ownFile(name: string): URL {
  return new URL(`./${name}${extname(import.meta.url)}`, import.meta.url);
}
