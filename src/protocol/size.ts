const BYTES = { B: 1, kB: 1000, KB: 1000, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** A size as people write it. */
export const SIZE = /^(\d+(?:\.\d+)?) ?(B|kB|KB|MB|GB|KiB|MiB|GiB)$/;

/** Bytes of `"512MB"`, `"1.5GiB"`; `undefined` for anything else, a number without a unit too. */
export function parseSize(written: string): number | undefined {
  if (written === "0") return 0;
  const match = SIZE.exec(written);
  return match === null ? undefined : Math.round(Number(match[1]) * BYTES[match[2] as keyof typeof BYTES]);
}

/** In the largest unit that needs no fraction. */
export function showSize(bytes: number): string {
  const unit = (["GB", "MB", "KB"] as const).find((name) => bytes >= BYTES[name] && bytes % BYTES[name] === 0);
  return unit === undefined ? `${bytes}B` : `${bytes / BYTES[unit]}${unit}`;
}
