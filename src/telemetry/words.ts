/** `1 worker`, `3 workers`. */
export function count(number: number, word: string): string {
  return `${number} ${plural(number, word)}`;
}

/** The word alone: `worker`, `workers`. */
export function plural(number: number, word: string): string {
  return number === 1 ? word : `${word}s`;
}

/** Milliseconds: `840 ms`, and from a second on `1.9 s`. */
export function duration(ms: number): string {
  const whole = Math.round(ms);
  return whole < 1000 ? `${whole} ms` : seconds(whole);
}

/** Milliseconds, where the reader waits for seconds: `0.8 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
