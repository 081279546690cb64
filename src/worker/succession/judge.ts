/** What a worker whose primary is gone finds when it looks around. */
export interface Scene {
  /** Since the channel closed, in milliseconds. */
  readonly alone: number;
  /** For how much of that another primary has lived: its app may take minutes to boot. */
  readonly led: number;
  /** Another one had the name already as the channel closed: it has taken the place while the primary lived, and waits for no worker of that. */
  readonly overtaken: boolean;
  /** The primary of the record. `ours`: the one that this worker has lost lives, it alone is cut off. */
  readonly primary: "no record" | "ours" | "another" | "dead";
  /** That one was to be succeeded as it died. */
  readonly succession: boolean;
  /** Who is to start a successor. `gone`: it was elected, and has died. */
  readonly elected: "nobody" | "another" | "gone" | "this";
  /** The successor that this worker has started has not ended. */
  readonly started: boolean;
}

/** `serve`: and look again. */
export type Step = "serve" | "elect" | "start" | "leave";

/** After so long without any primary none comes. Milliseconds. */
export const DEADLINE = 60_000;
/** A primary that is dying closes the channel before it is dead. Milliseconds. */
const DYING = 2_000;

export function judge({ alone, led, overtaken, primary, succession, elected, started }: Scene): Step {
  switch (primary) {
    case "no record":
      return "leave";
    case "ours":
      return alone < DYING ? "serve" : "leave";
    case "another":
      return overtaken ? "leave" : "serve";
    case "dead":
      break;
  }
  if (!succession || alone - led >= DEADLINE) return "leave";
  if (elected === "another" || started) return "serve";
  return elected === "this" ? "start" : "elect";
}
