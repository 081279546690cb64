import { AppError } from "../errors.ts";
import type { Command } from "../protocol/control.ts";
import { act } from "./act.ts";
import type { Request } from "./verbs.ts";

export const scale = act(({ operands: [count = ""] }: Request): Command => {
  const [, sign, digits] = /^([+-]?)(\d{1,4})$/.exec(count) ?? [];
  const workers = Number(digits);
  if (sign === "" && workers >= 1) return { verb: "scale", to: workers };
  if (sign !== undefined && workers >= 1) return { verb: "scale", by: sign === "-" ? -workers : workers };
  const hint = "drover scale 4 sets it, +1 adds one, -1 takes one away; one is the least there can be.";
  throw new AppError("USAGE", `expected a number of workers such as 4, +1 or -1, got "${count}"`, hint);
});
