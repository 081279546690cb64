/** Addresses in this order, those that count up in one: `http://localhost:3000 to 3003`, `unix:/run/web-1.sock to web-4.sock`. */
export function showRanges(addresses: readonly string[]): string {
  const runs: string[][] = [];
  for (const address of addresses) {
    const run = runs.at(-1);
    if (run && follows(address, run.at(-1) ?? "")) run.push(address);
    else runs.push([address]);
  }
  return runs.map(showRun).join(", ");
}

function showRun(run: readonly string[]): string {
  const last = run.at(-1) ?? "";
  return run.length < 3 ? run.join(", ") : `${run[0]} to ${last.slice(last.search(LAST_PART))}`;
}

/** Only their last numbers differ, and by one. */
function follows(address: string, before: string): boolean {
  const [one, other] = [LAST_NUMBER.exec(before), LAST_NUMBER.exec(address)];
  if (!one || !other || one[1] !== other[1] || one[3] !== other[3]) return false;
  return Number(other[2]) === Number(one[2]) + 1;
}

const LAST_NUMBER = /^(.*?)(\d+)(\D*)$/s;
const LAST_PART = /[^:/]*$/;
