import { extname } from "node:path";

/** Drover's own folder: `dist`, or `src` where it runs from its source. A file further down cannot ask: in dist it may lie in a chunk, here. */
export const OWN_FOLDER: string = import.meta.dirname;

/** @param name of a file that runs by itself, as `worker/worker` */
export function ownFile(name: string): URL {
  return new URL(`./${name}${extname(import.meta.url)}`, import.meta.url);
}
