import type { InspectorState, ToWorker } from "../../protocol/ipc.ts";

interface Handle {
  readonly id: number;
  readonly pid: number;
  send(message: ToWorker): void;
}

/** The inspectors that were opened to examine a worker. One that comes back meanwhile closes it again, and counts as closed until then. */
export class OpenedByUs {
  /** By worker: whether it was told to close it. */
  readonly #told = new Map<number, boolean>();

  /** @throws when the process is gone, or another user's */
  open({ id, pid }: Handle): void {
    this.#told.set(id, false);
    process.kill(pid, "SIGUSR1");
  }

  /** What a worker's beat says of its inspector, without what we have done to it. */
  heard(handle: Handle, inspector: InspectorState): InspectorState {
    const told = this.#told.get(handle.id);
    if (told === undefined) return inspector;
    if (inspector === "open") {
      this.#told.set(handle.id, true);
      handle.send({ type: "close-inspector" });
      return "closed";
    }
    // A beat that says so before it was told may have been on its way when we opened it.
    if (told) this.forget(handle.id);
    return inspector;
  }

  forget(worker: number): void {
    this.#told.delete(worker);
  }
}
