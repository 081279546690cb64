import { createInterface } from "node:readline/promises";
import { AppError } from "../../errors.ts";
import type { Snapshot } from "../../protocol/control.ts";
import type { Plan } from "../../prove/plan.ts";
import { count } from "../../telemetry/words.ts";
import type { Io } from "../io.ts";

/**
 * Whether the user wants all that, asked on the terminal.
 * @throws AppError USAGE without a terminal
 */
export async function consent(snapshot: Snapshot, plan: Plan, address: string, io: Io): Promise<boolean> {
  if (!process.stdin.isTTY || io.stderr.isTTY !== true)
    throw new AppError("USAGE", "expected a terminal to ask for consent on, got none", "With --yes nothing is asked.");
  const terminal = createInterface({ input: process.stdin, output: io.stderr });
  const closed = new AbortController();
  terminal.on("close", () => closed.abort());
  try {
    const answer = await terminal.question(questionOf(snapshot, plan, address), { signal: closed.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    // Ctrl-C or Ctrl-D.
    io.stderr.write("\n");
    return false;
  } finally {
    terminal.close();
  }
}

/** What will be done, and what that means for this app. */
export function questionOf({ name, workers }: Snapshot, { path, rate, reloads, kills }: Plan, address: string): string {
  const load = `GET ${path} of ${address}, ${rate} times a second`;
  const deeds = [
    ...(reloads > 0 ? [`reload it ${times(reloads)}, with the code that is on the disk now`] : []),
    ...(kills > 0 ? [`kill a worker ${times(kills)}, and with it what its clients are waiting for`] : []),
  ];
  const alone = workers.length === 1 ? ONE_WORKER : "";
  return `This will ask "${name}" for ${load}${deeds.map((deed) => `,\n  ${deed}`).join("")}.\n${alone}Go on? [y/N] `;
}

const ONE_WORKER = "It has one worker: after a kill all its clients wait until the next one is ready.\n";

function times(number: number): string {
  return number === 1 ? "once" : count(number, "time");
}
