import type { Finding } from "./judge.ts";
import type { Loaded } from "./load-certificate.ts";
import { placeOf } from "./source.ts";

export interface Ordered<T> {
  /** The first is for clients that name no host, or one that none is for. */
  readonly certificates: readonly T[];
  readonly warnings: readonly Finding[];
}

/**
 * Which certificate is the default one, and what does not go together.
 * @param isDefaultNamed the user has said which is the default: it stays the first
 * @param node its version
 */
export function order<T extends Loaded>(certificates: readonly T[], isDefaultNamed: boolean, node: string): Ordered<T> {
  const mixes = hasSniBug(node);
  const first = isDefaultNamed || !mixes ? undefined : certificates.find(isRsa);
  const ordered = first ? [first, ...certificates.filter((one) => one !== first)] : certificates;
  return { certificates: ordered, warnings: [...doubles(ordered), ...(mixes ? mixedKeys(ordered) : [])] };
}

function isRsa(one: Loaded): boolean {
  return kind(one) === "RSA";
}

/** Of its key: EC, RSA, Ed25519. */
function kind({ facts }: Loaded): string {
  return facts.keyType.split(" ")[0] ?? "";
}

/**
 * A certificate that is chosen by name is laid over the default one, by type of key: with another type the default one stays in place, and may be the one that is
 * sent. Tried: with an RSA default it happens to clients of TLS 1.2 only, with an EC default to those of TLS 1.3. Node 24.20 and 26.7 have it right.
 */
function hasSniBug(node: string): boolean {
  const [major = 0, minor = 0] = node.split(".").map(Number);
  return major < 24 || (major === 24 && minor < 20) || major === 25 || (major === 26 && minor < 7);
}

function mixedKeys([first, ...others]: readonly Loaded[]): readonly Finding[] {
  if (first === undefined) return [];
  const other = others.find((one) => kind(one) !== kind(first));
  if (other === undefined) return [];
  const which = isRsa(first) ? "clients of TLS 1.2" : "clients of TLS 1.3";
  const message =
    `${which} that ask for ${other.facts.names[0]} may be given ${placeOf(first.source)} (${first.facts.keyType}) instead of ` +
    `${placeOf(other.source)} (${other.facts.keyType}), by a mistake of this version of Node`;
  return [{ rule: "mixed-keys", message, hint: "Use one type of key for all certificates, or Node 24.20 or later." }];
}

function doubles(certificates: readonly Loaded[]): readonly Finding[] {
  return certificates.flatMap((one, index) => {
    const before = certificates.slice(0, index);
    return one.certificate.names.flatMap((name) => {
      const other = before.find(({ certificate }) => certificate.names.includes(name));
      if (other === undefined) return [];
      const message = `${name} is in two certificates: ${placeOf(other.source)} is used, not ${placeOf(one.source)}`;
      return [{ rule: "double-name", message, hint: "Say in `names` which one is for it." }];
    });
  });
}
