import { execFile } from "node:child_process";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { temporaryFolder } from "./fixture.ts";
import { BOUND_MS, until } from "./wait.ts";

const run = promisify(execFile);

export interface Terminal {
  /** The lines that are not empty; with `-e` in their colours. */
  screen(...flags: readonly string[]): Promise<readonly string[]>;
  /** Until the screen shows that. */
  waitFor(what: string | RegExp, boundMs?: number): Promise<void>;
  /** Presses these keys, by tmux's names: `r`, `Enter`, `C-c`. */
  press(...keys: readonly string[]): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
}

type Size = readonly [columns: number, rows: number];

/** A real terminal, of tmux, in which one command runs. It needs tmux: see {@link need}. */
export async function openTerminal(
  t: TestContext,
  command: string,
  env: Readonly<Record<string, string>>,
  [columns, rows]: Size = [100, 30],
): Promise<Terminal> {
  // Before the folder goes, in which its socket is.
  t.after(() => tmux("kill-server"));
  const folder = temporaryFolder(t);
  async function tmux(...args: readonly string[]): Promise<string> {
    const { stdout } = await run("tmux", ["-L", "drover", "-f", "/dev/null", ...args], {
      env: { PATH: process.env["PATH"], HOME: folder, TMUX_TMPDIR: folder, LC_ALL: "C.UTF-8", ...env },
    });
    return stdout;
  }
  await tmux("new-session", "-d", "-x", String(columns), "-y", String(rows), command);
  const screen = async (...flags: readonly string[]): Promise<readonly string[]> =>
    (await tmux("capture-pane", "-p", ...flags)).split("\n").filter((line) => line.trim() !== "");
  let last = "";
  const shows = async (what: string | RegExp): Promise<boolean> => {
    last = (await screen()).join("\n");
    return typeof what === "string" ? last.includes(what) : what.test(last);
  };
  return {
    screen,
    waitFor: async (what, boundMs = BOUND_MS) =>
      void (await until(
        () => shows(what),
        () => `${String(what)}; the screen shows\n${last}`,
        boundMs,
      )),
    press: async (...keys) => void (await tmux("send-keys", ...keys)),
    resize: async (columns, rows) => void (await tmux("resize-window", "-x", String(columns), "-y", String(rows))),
  };
}
