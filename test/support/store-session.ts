/** What the writers of store-writers.ts keep: one text for each session, with a version that only its one writer raises. */
export const lifetime = 3_600_000;
export const inFlight = 16;
const LENGTH = 450;

export function keyOf(session: number): string {
  return `s:${session}`;
}

export function textOf(session: number, version: number): string {
  return `${session} ${version} `.padEnd(LENGTH, "x");
}

/** 0: it was never written. @throws where the text is not one of {@link textOf} */
export function versionOf(session: number, text: string | null): number {
  if (text === null) return 0;
  const version = Number(text.split(" ")[1]);
  if (text !== textOf(session, version)) throw new Error(`session ${session} is torn: ${text}`);
  return version;
}
