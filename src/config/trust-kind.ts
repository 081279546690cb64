import { NETWORK_WORDS, parseNetwork } from "../protocol/network.ts";
import { readScalar, type Kind } from "./kinds.ts";

const NOBODY = "none";

/** Whose word about clients is taken: `null` leaves that to the app, `[]` is nobody. Addresses, CIDRs and words, kept as written. */
export function trustedProxies(): Kind<readonly string[] | null> {
  const item = { type: "string", minLength: 1 };
  return {
    schema: { anyOf: [{ type: "array", items: item }, item, { type: "null" }] },
    parse(value) {
      if (value === null) return { ok: true, value };
      const given = [value].flat().flatMap((one: unknown) => (typeof one === "string" ? one.split(",") : [one]));
      const texts = given.map((one) => readScalar(one)?.trim() ?? "");
      if (texts.every((text) => text === NOBODY)) return { ok: true, value: [] };
      const bad = texts.findIndex((text) => !isTrustable(text));
      if (bad === -1) return { ok: true, value: texts };
      return texts[bad] === NOBODY
        ? { ok: false, expected: `${NOBODY} alone, or whom to trust without it`, got: texts.join(", ") }
        : { ok: false, expected: EXPECTED, got: given[bad] };
    },
    rebase: (value) => value,
    show: (value) => (value === null ? "headers as sent" : value.join(" ") || "nobody"),
  };
}

const EXPECTED = "an address, a CIDR such as 10.0.0.0/8, loopback, private, or none";

function isTrustable(text: string): boolean {
  return Object.hasOwn(NETWORK_WORDS, text) || parseNetwork(text) !== null;
}
