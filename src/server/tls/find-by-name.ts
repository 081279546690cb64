import { isIP } from "node:net";

/** What is kept under the name a client asks for (SNI), or else under the wildcard for it, which stands for one label. An IP address is no name. */
export function findByName<T>(table: ReadonlyMap<string, T>, asked: string): T | undefined {
  const name = asked.toLowerCase().replace(/\.$/, "");
  if (isIP(name) !== 0) return undefined;
  const dot = name.indexOf(".");
  return table.get(name) ?? (dot > 0 ? table.get(`*${name.slice(dot)}`) : undefined);
}
