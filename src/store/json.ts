import { inspect } from "node:util";

const EXPECTED = "expected a value that JSON can hold";

/**
 * What reads back as it was written. As everywhere in JSON a property that is `undefined` is left out and a Date becomes its text; what JSON would silently lose
 * (a function, NaN, a Map, a Promise that nobody awaited) is refused.
 * @throws TypeError that says what was found, and under which property
 */
export function toJson(value: unknown): string {
  const json = write(value);
  if (json === undefined) throw new TypeError(`${EXPECTED}, got undefined`);
  return json;
}

function write(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, refuseWhatWouldBeLost);
  } catch (error) {
    if (!(error instanceof TypeError && error.message.startsWith("Converting circular"))) throw error;
    throw new TypeError(`${EXPECTED}, got one that contains itself`, { cause: error });
  }
}

/** `this` is the object or array that holds the value; for the whole it is one with an empty key. The value is what its `toJSON` made of it. */
function refuseWhatWouldBeLost(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const hole = value === undefined && Array.isArray(this) ? "undefined" : null;
  const lost = whatToJsonHides(this[key]) ?? whatIsLost(value) ?? hole;
  if (lost === null) return value;
  throw new TypeError(`${EXPECTED}, got ${lost}${key === "" ? "" : ` under ${JSON.stringify(key)}`}`);
}

/** A Buffer would come back as an object of numbers, and a Date that is none as null. */
function whatToJsonHides(original: unknown): string | null {
  if (ArrayBuffer.isView(original)) return `a value of ${tagOf(original)}`;
  return original instanceof Date && Number.isNaN(original.getTime()) ? "an invalid Date" : null;
}

function whatIsLost(value: unknown): string | null {
  switch (typeof value) {
    case "function":
    case "symbol":
      return `a ${typeof value}`;
    case "bigint":
      return `the BigInt ${value}n`;
    case "number":
      return Number.isFinite(value) ? null : inspect(value);
    case "object":
      return value === null || Array.isArray(value) || tagOf(value) === "Object" ? null : `a value of ${tagOf(value)}`;
    default:
      return null;
  }
}

/** `Map` for a Map, `Uint8Array` for bytes; `Object` for plain objects and instances of an app's classes. */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
