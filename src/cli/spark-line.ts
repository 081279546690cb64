const HEIGHTS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** A cell for each number, from ` ` for 0 to `█` for the largest of them. */
export function sparkLine(numbers: readonly number[]): string {
  const most = Math.max(1, ...numbers);
  return numbers.map((number) => HEIGHTS[Math.ceil((number / most) * (HEIGHTS.length - 1))]).join("");
}
