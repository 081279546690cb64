/** Long enough for what is loaded after the boot. Milliseconds. */
const AFTER_READY = 500;

/**
 * Reading options and loading code leaves 4 MB of garbage, which a primary, that allocates next to nothing, would keep for days. Collecting it takes some
 * 40 ms of CPU, for which no request waits: those are the workers'.
 */
export function giveBackMemory(): void {
  setTimeout(collect, AFTER_READY).unref();
}

/** `gc` exists in contexts made while the flag is set: ours gets none. Only the last resort gives the pages back; a plain `gc()` was measured to save nothing. */
function collect(): void {
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  const { runInNewContext } = process.getBuiltinModule("node:vm");
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as (how: object) => void;
  setFlagsFromString("--no-expose-gc");
  gc({ type: "major", execution: "sync", flavor: "last-resort" });
}
