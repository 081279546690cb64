import type { UnderWay } from "../protocol/ipc.ts";

/** Segments of a path beyond these say little, and come from whoever asks. */
const DEEPEST = 8;
const LONGEST = 120;

/** Methods are the client's choice, too. */
const METHOD = /^[A-Z-]{1,20}$/;

/** In this order. A word of letters alone is never an id. */
const FOLDS: readonly (readonly [RegExp, string])[] = [
  [/^\d+$/, ":n"],
  [/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i, ":id"],
  [/^(?=.*\d)[\da-f]{8,}$/i, ":id"],
  [/^(?=.*\d)[\w~=.-]{20,}$/, ":id"],
];

/** The route behind a request, as far as its path tells: `GET /users/7/orders` is `GET /users/:n/orders`. */
export function routeOf({ method, path }: Pick<UnderWay, "method" | "path">): string {
  const segments = path.split("/");
  const folded = segments.slice(0, DEEPEST + 1).map(fold);
  const rest = segments.length > DEEPEST + 1 ? "/…" : "";
  return `${METHOD.test(method) ? method : "?"} ${(folded.join("/") + rest).slice(0, LONGEST)}`;
}

function fold(segment: string): string {
  const found = FOLDS.find(([pattern]) => pattern.test(segment));
  return found?.[1] ?? segment.replaceAll(/\d{2,}/g, ":n");
}

/** Each once. */
export function routesOf(requests: readonly Pick<UnderWay, "method" | "path">[]): readonly string[] {
  return [...new Set(requests.map(routeOf))];
}
