import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { rotatedOf } from "./rotate.ts";
import { Segment, type Identity } from "./segment.ts";

interface Link extends Identity {
  readonly path: string;
  readonly gzipped: boolean;
}

/** The file written after `segment`, opened; null while there is none, or it has no lines yet: until then more may come into the old one. */
export async function newer(log: string, segment: Segment): Promise<Segment | null> {
  const [named, ours] = await Promise.all([stat(log, { bigint: true }).catch(() => null), segment.identity()]);
  if (named !== null && isSame(named, ours)) return null;
  return await find(log, segment, (links, at) => links.slice(0, at).findLast(isFilled));
}

/** The file written before it; null: there is none. */
export async function older(log: string, segment: Segment): Promise<Segment | null> {
  return await find(log, segment, (links, at) => links.slice(at + 1).find(isFilled));
}

type Choose = (links: readonly Link[], at: number) => Link | undefined;

async function find(log: string, segment: Segment, choose: Choose): Promise<Segment | null> {
  for (;;) {
    const links = await settledChain(log);
    const link = choose(links, positionOf(await segment.identity(), links));
    if (link === undefined) return null;
    const opened = await Segment.open(link.path);
    if (opened !== null && isSame(await opened.identity(), link)) return opened;
    // Renamed between the look and the opening.
    await opened?.close();
  }
}

function isFilled({ size }: Link): boolean {
  return size > 0;
}

/** A file that has gone, beyond the number that is kept or to a name we do not know, counts as the one before the oldest or the current. */
function positionOf(wanted: Identity, links: readonly Link[]): number {
  const at = links.findIndex((link) => isSame(link, wanted) || (link.gzipped && isGzipOf(link, wanted)));
  if (at !== -1) return at;
  const next = links.findLastIndex(({ mtimeNs }) => mtimeNs >= wanted.mtimeNs);
  return next + 1;
}

function isSame(a: Pick<Identity, "dev" | "ino">, b: Pick<Identity, "dev" | "ino">): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** A gzipped file has the age of its source: to what a microsecond is rounded to when it is set. */
function isGzipOf(link: Link, source: Identity): boolean {
  const apart = link.mtimeNs - source.mtimeNs;
  return link.size === source.size % 2 ** 32 && apart > -2000n && apart < 2000n;
}

/** The log's files, the newest first, as they were at one moment: looked at until a second look shows the same. */
async function settledChain(log: string): Promise<readonly Link[]> {
  let last = await chainOf(log);
  for (;;) {
    const next = await chainOf(log);
    if (next.length === last.length && next.every((link, index) => isSame(link, last[index] ?? link))) return next;
    last = next;
  }
}

async function chainOf(log: string): Promise<readonly Link[]> {
  const base = basename(log);
  const rotated = rotatedOf(base, await readdir(dirname(log)));
  const names = [
    { name: base, gzipped: false },
    // While a file is replaced by its gzip both are there.
    ...rotated.filter(({ number, gzipped }) => gzipped || !rotated.some((one) => one.number === number && one.gzipped)),
  ];
  const links = await Promise.all(names.map(({ name, gzipped }) => look(join(dirname(log), name), gzipped)));
  return links.filter((link) => link !== null);
}

async function look(path: string, gzipped: boolean): Promise<Link | null> {
  const segment = await Segment.open(path);
  if (segment === null) return null;
  try {
    return { ...(await segment.identity()), path, gzipped };
  } finally {
    await segment.close();
  }
}
