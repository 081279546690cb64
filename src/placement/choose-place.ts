import { SMALLEST_MAX_SIZE, STANDARD_MAX_SIZE } from "../protocol/store-address.ts";

/** A place where the embedded store may be: a file in a folder of its own. */
export interface Place {
  readonly file: string;
  /** In memory: it ends with the machine. */
  readonly volatile: boolean;
}

export interface Surroundings {
  /** What systemd keeps for the service (`STATE_DIRECTORY`), where it does. */
  readonly service: string | null;
  /** Drover's folder; null: the user has no home for it. */
  readonly home: string | null;
  /** The user the workers run as. */
  readonly uid: number;
  /** Another user than the primary's, whose home is not open to them. */
  readonly foreign: boolean;
  /** The app's name, as a file's. */
  readonly app: string;
}

/** Anyone may write there: memory.ts finds out whose a folder in it is. */
export const MEMORY = "/dev/shm";
const SYSTEM = "/var/lib/drover";

/** The best first. */
export function placesFor({ service, home, uid, foreign, app }: Surroundings): readonly Place[] {
  const lasting = [
    ...(service === null ? [] : [`${service}/${app}`]),
    ...(home === null ? [] : [`${home}/state/${app}`]),
    ...(foreign ? [`${SYSTEM}/${app}`] : []),
  ];
  const memory = `${MEMORY}/drover-${uid}/${app}`;
  return [...lasting.map((folder) => place(folder, false)), place(memory, true)];
}

function place(folder: string, volatile: boolean): Place {
  return { file: `${folder}/store.db`, volatile };
}

/** What the file system says of a place, of which nothing need be there. */
export interface Facts extends Place {
  /** Why the store could not be written there, as an errno's name; null: it could. */
  readonly refusal: string | null;
  /** The network file system it lies on; null: it is this machine's. */
  readonly network: string | null;
  /** Bytes that the volume holds. */
  readonly bytes: number;
}

export interface Choice {
  readonly file: string;
  /** The most the store may hold, in bytes; null: as much as any. */
  readonly maxSize: number | null;
  readonly warning: Warning | null;
}

/** What the user should know of the place. */
export interface Warning {
  /** Why it is there, and what that means. */
  readonly message: string;
  /** What to do. */
  readonly fix: string;
}

/**
 * The first place that will do. Where none does, the first: the workers say what is wrong with it once they need it, and it may be mended meanwhile.
 * @param places at least one
 */
export function choosePlace(places: readonly Facts[]): Choice {
  const [best] = places;
  if (best === undefined) throw new Error("expected a place for the store, got none");
  const { file, volatile, bytes } = places.find((place) => problemWith(place) === null) ?? best;
  if (!volatile) return { file, maxSize: null, warning: null };
  const why = best.volatile ? "this user has no home folder" : `${best.file} ${problemWith(best) ?? ""}`;
  const maxSize = Math.max(SMALLEST_MAX_SIZE, Math.min(STANDARD_MAX_SIZE, Math.floor(bytes / 2)));
  return { file, maxSize, warning: { message: `${why}: ${IN_MEMORY} (${file})`, fix: FIX } };
}

const IN_MEMORY =
  "what the workers share is kept in memory, which outlives workers, reloads and Drover itself, not the machine or the container";
const FIX = "Set DROVER_HOME to a folder on a disk of this machine, or --store.";

/** In words that follow the file's name; null: it will do. */
export function problemWith({ refusal, network }: Facts): string | null {
  if (refusal !== null) return `cannot be written (${refusal})`;
  if (network !== null) return `lies on a network file system (${network}), where SQLite is not safe`;
  return null;
}

/**
 * By their magic numbers in Linux's statfs(2). FUSE is not among them: most often it is this machine's own (rootless containers, encrypted homes), and all
 * processes of one kernel share its pages, which is what SQLite's log needs.
 */
const NETWORKS: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xfe534d42, "SMB"],
  [0xff534d42, "SMB"],
  [0x01021997, "9P"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
  [0x73757245, "Coda"],
  [0x786f4256, "VirtualBox"],
]);

/** @param type as statfs(2) has it, with or without a sign */
export function networkOf(type: number): string | null {
  return NETWORKS.get(type >>> 0) ?? null;
}
