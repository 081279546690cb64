import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ownFile } from "../../own-files.ts";
import { FIRST_INHERITED_FD } from "../../protocol/descriptors.ts";
import { isSecure } from "../../protocol/ipc.ts";
import type { StandInBoot, StandInMessage } from "../../protocol/stand-in.ts";
import type { TlsState } from "../../protocol/tls.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Listener } from "../sockets/listeners.ts";

const STAND_IN_FILE = fileURLToPath(ownFile("worker/stand-in"));
/** From one start to the next, at least, should it die at once. Milliseconds. */
const BETWEEN_STARTS = 1_000;

export interface StandInEvents {
  /** It runs, or has left as it was told. */
  readonly running: (running: boolean) => void;
  /** It died by itself or could not be started: time for another. At least a second after its start. */
  readonly died: () => void;
}

/** What the workers speak, and with which certificates. */
export interface Speech extends Pick<StandInBoot, "tls" | "http2"> {
  readonly state: TlsState;
}

/** A process of its own, so that the primary stays off the data path even now. It leaves when told, or with us. */
export class StandIn {
  readonly #log: Log;
  readonly #events: StandInEvents;
  readonly #startedAt = performance.now();
  #child: ChildProcess | null = null;
  #another: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(listeners: readonly Listener[], speech: Speech, log: Log, events: StandInEvents) {
    this.#log = log;
    this.#events = events;
    try {
      this.#child = spawnStandIn(listeners, speech);
      this.#watch(this.#child);
      this.share(speech.state);
    } catch (error) {
      // Node reports only some failures of spawn by event.
      this.#ended(`it could not start: ${(error as Error).message}`);
    }
  }

  /** 0 while there is none. */
  get pid(): number {
    const runs = this.#child?.exitCode === null && this.#child.signalCode === null;
    return runs ? (this.#child?.pid ?? 0) : 0;
  }

  /** What TLS servers share has changed. */
  share(state: TlsState): void {
    const message: StandInMessage = { type: "tls", state };
    // Its end is heard by its exit.
    if (this.#child?.connected) this.#child.send(message, () => undefined);
  }

  /** It finishes what it has accepted and exits. */
  stop(): void {
    this.#stopping = true;
    clearTimeout(this.#another);
    if (this.#child?.connected) this.#child.disconnect();
  }

  #watch(child: ChildProcess): void {
    child.once("spawn", () => this.#events.running(true));
    child.once("exit", (code, signal) => this.#ended(signal ?? `exit code ${code}`));
    child.on("error", (error) => {
      if (child.pid === undefined) this.#ended(`it could not start: ${error.message}`);
    });
  }

  #ended(reason: string): void {
    if (this.#stopping) return this.#events.running(false);
    this.#log.error("stand-in-died", { reason }, `the stand-in died: ${reason}; another starts`);
    const wait = this.#startedAt + BETWEEN_STARTS - performance.now();
    this.#another = setTimeout(this.#events.died, Math.max(0, wait));
  }
}

function spawnStandIn(listeners: readonly Listener[], { tls, http2 }: Speech): ChildProcess {
  const descriptors = listeners.map((listener) => listener.handle.fd);
  const inherited = listeners.map((listener, index) => ({
    fd: FIRST_INHERITED_FD + index,
    secure: isSecure(listener.protocol),
  }));
  const boot: StandInBoot = { listeners: inherited, tls, http2 };
  return spawn(process.execPath, [STAND_IN_FILE, JSON.stringify(boot)], {
    stdio: ["ignore", "ignore", "inherit", "ipc", ...descriptors],
  });
}

/** Only what the stand-in can speak: anything else would get an answer it cannot read. */
export function servableByStandIn(listeners: readonly Listener[]): readonly Listener[] {
  return listeners.filter(({ protocol, ownTls }) => {
    return protocol === "http" || protocol === "redirect" || (isSecure(protocol) && !ownTls);
  });
}
