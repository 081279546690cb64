import { basename } from "node:path";

/** How these figures are got again. */
export const command = (): string =>
  [`node bench/${basename(process.argv[1] ?? "")}`, ...process.argv.slice(2)].join(" ");
