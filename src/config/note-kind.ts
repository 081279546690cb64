import { NOTE_NAMES, type NoteName } from "../protocol/notes.ts";
import type { Kind } from "./kinds.ts";

const WORDS = [...NOTE_NAMES, "all"] as const;

/** Names of notes: an array, or text with commas. */
export function notes(): Kind<readonly (NoteName | "all")[]> {
  const item = { enum: WORDS };
  return {
    schema: {
      anyOf: [
        { type: "array", items: item },
        { type: "string", minLength: 1 },
      ],
    },
    parse(value) {
      const given = [value].flat().flatMap((one: unknown) => (typeof one === "string" ? one.split(",") : [one]));
      const found = given.map((one) => WORDS.find((word) => typeof one === "string" && word === one.trim()));
      const names = found.filter((name) => name !== undefined);
      if (names.length === found.length) return { ok: true, value: names };
      const expected = `${NOTE_NAMES.join(", ")} or all`;
      return { ok: false, expected, got: given[found.indexOf(undefined)] };
    },
    rebase: (value) => value,
    show: (value) => value.join(" ") || "none",
  };
}
