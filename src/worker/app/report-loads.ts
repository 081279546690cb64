import module from "node:module";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Channel } from "../channel.ts";

const FOREIGN = `${sep}node_modules${sep}`;
/** Loads come in bursts, one message for each. Milliseconds. */
const TOGETHER = 20;

/** Tells the primary which files the app consists of, so that `watch` reloads for these and not for what the app itself writes. */
export function reportLoads(channel: Channel): void {
  let files: string[] = [];
  const send = (): void => {
    if (files.length > 0) channel.send({ type: "loaded", files });
    files = [];
  };
  module.registerHooks({
    load(url, context, next) {
      if (url.startsWith("file:")) add(fileURLToPath(url));
      return next(url, context);
    },
  });
  // Before a boot that fails ends the process, too.
  process.on("exit", send);

  function add(file: string): void {
    if (file.includes(FOREIGN)) return;
    if (files.length === 0) setTimeout(send, TOGETHER).unref();
    files.push(file);
  }
}
