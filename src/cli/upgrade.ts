import { resolve } from "node:path";
import { act } from "./act.ts";

/** Has the running app's primary make way for one of the Node and the Drover that run this command. */
export const upgrade = act(() => {
  const program = { node: process.execPath, cli: resolve(process.argv[1] ?? "") };
  return { verb: "upgrade", program };
});
