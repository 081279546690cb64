import { binaryOf, installNodes, MAJORS, versionOf } from "../tools/matrix/nodes.ts";

/** A version of Node that all peers run on that run on Node. */
export interface NodeVersion {
  readonly major: number;
  /** As `24.1.0`. */
  readonly version: string;
  readonly file: string;
}

const OWN = Number(process.versions.node.split(".", 1)[0]);

/** The versions a list of majors such as `22,24` names: the one that runs the bench, and those of the test matrix, installed when missing. */
export async function nodesOf(list: string | undefined): Promise<NodeVersion[]> {
  const majors = list === undefined ? [OWN] : list.split(",").map(Number);
  const known = [OWN, ...MAJORS].toSorted((a, b) => a - b);
  const unknown = majors.filter((major) => !known.includes(major));
  if (unknown.length > 0) throw new Error(`expected --node to be of ${known.join(", ")}, got ${list}`);
  if (majors.some((major) => major !== OWN)) await installNodes();
  return Promise.all(
    majors.map(async (major) => {
      const file = major === OWN ? process.execPath : binaryOf(major);
      return { major, version: (await versionOf(file)).slice(1), file };
    }),
  );
}
