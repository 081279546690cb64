import { AppError } from "../errors.ts";

/** What is done to the app, and under which load. */
export interface Plan {
  readonly path: string;
  readonly reloads: number;
  readonly kills: number;
  /** Requests a second, of all connections together. */
  readonly rate: number;
  /** At a time; half of them stay open from one request to the next. */
  readonly connections: number;
}

interface Bounds {
  readonly byDefault: number;
  readonly least: number;
  readonly most: number;
}

/** Of a client on the app's own machine, which needs the cores as well. */
export const BOUNDS = {
  reloads: { byDefault: 3, least: 0, most: 20 },
  kills: { byDefault: 3, least: 0, most: 50 },
  rate: { byDefault: 100, least: 2, most: 1000 },
  connections: { byDefault: 16, least: 2, most: 200 },
} as const satisfies Record<string, Bounds>;

/**
 * @param written Flags by their names, as they were written.
 * @throws AppError USAGE
 */
export function planOf(written: Readonly<Record<string, string | undefined>>): Plan {
  const { path = "/" } = written;
  if (!/^\/[^\s#]*$/.test(path))
    throw new AppError(
      "USAGE",
      `flag --path: expected a path such as /products?page=2, got "${path}"`,
      "It is asked by GET.",
    );
  const number = (name: keyof typeof BOUNDS): number => numberOf(name, written[name], BOUNDS[name]);
  const counts = { reloads: number("reloads"), kills: number("kills") };
  return { path, ...counts, rate: number("rate"), connections: number("connections") };
}

function numberOf(name: string, written: string | undefined, { byDefault, least, most }: Bounds): number {
  if (written === undefined) return byDefault;
  const number = Number(written);
  if (/^\d+$/.test(written) && number >= least && number <= most) return number;
  const message = `flag --${name}: expected a whole number from ${least} to ${most}, got "${written}"`;
  throw new AppError("USAGE", message, `Leave it out for ${byDefault}.`);
}
