/** Rotation as decisions: what is due, where a batch is cut, which file is called what. Nothing here touches a file. */

export interface Limits {
  /** Bytes; 0: no limit. */
  readonly maxSize: number;
  /** Milliseconds. */
  readonly maxAge: number | null;
  readonly maxFiles: number;
  readonly compress: boolean;
}

/** `web.log.3.gz`: number 3 counted from the newest, which is 1. */
export interface Rotated {
  readonly name: string;
  readonly number: number;
  readonly gzipped: boolean;
}

/** `to` is null where the file is removed. */
export interface Step {
  readonly from: string;
  readonly to: string | null;
}

/** The rotated files of the log file `base` among the names of its folder, the newest first. */
export function rotatedOf(base: string, names: readonly string[]): readonly Rotated[] {
  return names
    .filter((name) => name.startsWith(`${base}.`))
    .flatMap((name) => {
      const match = /^\.([1-9]\d{0,8})(\.gz)?$/.exec(name.slice(base.length));
      return match === null ? [] : [{ name, number: Number(match[1]), gzipped: match[2] !== undefined }];
    })
    .toSorted((a, b) => a.number - b.number || Number(a.gzipped) - Number(b.gzipped));
}

/**
 * The renames that make room for `base` as number 1, in their order: run one after the other, and cut short anywhere, no step overwrites a
 * file. What keeps its number stays where it is: only the files without a gap below them move up.
 */
export function planRotation(base: string, names: readonly string[], maxFiles: number): readonly Step[] {
  const files = rotatedOf(base, names);
  const doubles = files.filter((file) => !file.gzipped && files.some((other) => isGzipOf(other, file)));
  const kept = files.filter((file) => !doubles.includes(file));
  const gap = kept.findIndex(({ number }, index) => number !== index + 1);
  const moving = gap === -1 ? kept : kept.slice(0, gap);
  const excess = kept.filter((file) => file.number + (moving.includes(file) ? 1 : 0) > maxFiles);
  return [
    ...[...doubles, ...excess].map(({ name }) => ({ from: name, to: null })),
    ...moving
      .filter((file) => !excess.includes(file))
      .map((file) => ({ from: file.name, to: nameOf(base, file.number + 1, file.gzipped) }))
      .toReversed(),
    { from: base, to: maxFiles === 0 ? null : nameOf(base, 1, false) },
  ];
}

/** A crash between the last two steps of compressing leaves both; the gzipped one is whole by then. */
function isGzipOf(other: Rotated, file: Rotated): boolean {
  return other.gzipped && other.number === file.number;
}

function nameOf(base: string, number: number, gzipped: boolean): string {
  return `${base}.${number}${gzipped ? ".gz" : ""}`;
}

/** Whether a file that holds lines has lived long enough. Times in milliseconds since the epoch. */
export function isTooOld(
  file: { readonly size: number; readonly bornAt: number },
  limits: Limits,
  now: number,
): boolean {
  return limits.maxAge !== null && file.size > 0 && now - file.bornAt >= limits.maxAge;
}

const LF = 10;

/** How many bytes of `batch`, which is whole lines, fit into `room` as whole lines. */
export function wholeLines(batch: Uint8Array, room: number): number {
  if (batch.length <= room) return batch.length;
  return room <= 0 ? 0 : batch.lastIndexOf(LF, room - 1) + 1;
}

export function firstLine(batch: Uint8Array): number {
  return batch.indexOf(LF) + 1;
}

export function countLines(batch: Uint8Array): number {
  let count = 0;
  for (let at = batch.indexOf(LF); at !== -1; at = batch.indexOf(LF, at + 1)) count += 1;
  return count;
}
