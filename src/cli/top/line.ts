import type { Paint } from "../../telemetry/pretty.ts";

export type Format = Parameters<Paint>[0];

/** A line of the screen, in pieces: a piece without a format has the terminal's own colours. */
export type Line = readonly (string | { readonly text: string; readonly format: Format })[];

/** At most `width` characters of it; what is longer ends with `…`. */
export function clip(line: Line, width: number): Line {
  const length = line.reduce((sum, piece) => sum + textOf(piece).length, 0);
  if (length <= width) return line;
  let left = width - 1;
  return line.flatMap((piece) => {
    const text = textOf(piece).slice(0, left);
    const isLast = text.length === left && left > 0;
    left -= text.length;
    return text === "" ? [] : [withText(piece, isLast ? `${text}…` : text)];
  });
}

export function paintLine(line: Line, paint: Paint): string {
  return line.map((piece) => (typeof piece === "string" ? piece : paint(piece.format, piece.text))).join("");
}

export function textOf(piece: Line[number]): string {
  return typeof piece === "string" ? piece : piece.text;
}

function withText(piece: Line[number], text: string): Line[number] {
  return typeof piece === "string" ? text : { ...piece, text };
}
