import { closeSync, openSync } from "node:fs";
import type { Bequest } from "../../protocol/bequest.ts";
import { FIRST_INHERITED_FD } from "../../protocol/descriptors.ts";
import { SUCCESSION_ENV, SUCCESSION_VERSION, type Succession } from "../../protocol/succession.ts";
import type { Inheritance } from "../../record/record.ts";
import type { SocketHandle } from "../sockets/socket-handle.ts";

export interface Started {
  isRunning(): boolean;
}

/** Starts a primary in the dead one's place, with the command line that one was started with. It outlives this worker. */
export function startSuccessor(
  { command, output }: Bequest,
  inheritance: Inheritance,
  kept: ReadonlyMap<string, SocketHandle>,
): Started {
  const listeners = [...kept.keys()].map((key, index) => ({ key, fd: FIRST_INHERITED_FD + index }));
  const succession: Succession = {
    version: SUCCESSION_VERSION,
    ...inheritance,
    predecessor: null,
    listeners,
    control: null,
    admin: null,
  };
  // Not imported: its getters load more than a worker needs.
  const { spawn } = process.getBuiltinModule("node:child_process");
  let running = true;
  try {
    const log = openSync(output, "a", 0o600);
    const child = spawn(command.node, [...command.argv], {
      cwd: command.cwd,
      env: { ...command.env, [SUCCESSION_ENV]: JSON.stringify(succession) },
      detached: true,
      stdio: ["ignore", log, log, "ignore", ...[...kept.values()].map(({ fd }) => fd)],
    });
    closeSync(log);
    child.unref();
    child.on("exit", () => (running = false));
    child.on("error", () => (running = false));
  } catch {
    // No process or descriptor to be had: perhaps in a second.
    running = false;
  }
  return { isRunning: () => running };
}
