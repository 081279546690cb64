/** What the keys mean at the time. `confirm`: a reload is asked about. */
export type Mode = "workers" | "confirm" | "logs";

export type Action = "quit" | "ask" | "reload" | "cancel" | "more" | "less" | "logs" | "back";

interface Key {
  /** As a terminal sends it. */
  readonly sent: readonly string[];
  /** As the last line of the screen shows it; empty: it is not shown. */
  readonly shown: string;
  readonly action: Action;
}

const CTRL_C = "\u0003";
const ESCAPE = "\u001B";
const QUIT: Key = { sent: ["q", CTRL_C], shown: "q quit", action: "quit" };

export const KEYS: Readonly<Record<Mode, readonly Key[]>> = {
  workers: [
    { sent: ["r"], shown: "r reload", action: "ask" },
    { sent: ["+", "="], shown: "+ one more", action: "more" },
    { sent: ["-"], shown: "- one less", action: "less" },
    { sent: ["l"], shown: "l log", action: "logs" },
    QUIT,
  ],
  confirm: [
    { sent: ["y", "Y"], shown: "y reload", action: "reload" },
    { sent: ["n", "N", ESCAPE], shown: "n leave it", action: "cancel" },
    { sent: [CTRL_C], shown: "", action: "quit" },
  ],
  logs: [{ sent: ["l", ESCAPE], shown: "l back", action: "back" }, QUIT],
};

/** Null: that key has no meaning now. */
export function actionOf(mode: Mode, sent: string): Action | null {
  return KEYS[mode].find((key) => key.sent.includes(sent))?.action ?? null;
}
