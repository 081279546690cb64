import { spawn, type ChildProcess } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Listener } from "./listeners.ts";

const STAND_IN_FILE = fileURLToPath(new URL(`../worker/stand-in${extname(import.meta.url)}`, import.meta.url));
const FIRST_INHERITED_FD = 4;

/** A process of its own, so that the primary stays off the data path even now. It leaves when told, or with us. */
export class StandIn {
  readonly #child: ChildProcess;

  constructor(listeners: readonly Listener[], onExit: () => void) {
    const descriptors = listeners.map((listener) => listener.handle.fd);
    const args = descriptors.map((_, index) => String(FIRST_INHERITED_FD + index));
    this.#child = spawn(process.execPath, [STAND_IN_FILE, ...args], {
      stdio: ["ignore", "ignore", "inherit", "ipc", ...descriptors],
    });
    this.#child.once("exit", onExit);
    this.#child.once("error", onExit);
  }

  /** It finishes what it has accepted and exits. */
  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

/** Only what the stand-in can speak: anything else would get an answer it cannot read. */
export function servableByStandIn(listeners: readonly Listener[]): readonly Listener[] {
  return listeners.filter((listener) => listener.protocol === "http");
}
