import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  choosePlace,
  networkOf,
  placesFor,
  type Choice,
  type Facts,
  type Surroundings,
} from "../../src/placement/choose-place.ts";

const ADA: Surroundings = { service: null, home: "/home/ada/.drover", uid: 1000, foreign: false, app: "shop" };
const HOME = "/home/ada/.drover/state/shop/store.db";
const SERVICE = "/var/lib/shop/shop/store.db";
const SYSTEM = "/var/lib/drover/shop/store.db";
const MEMORY = "/dev/shm/drover-1000/shop/store.db";

const lists: readonly (readonly [title: string, surroundings: Partial<Surroundings>, files: readonly string[]])[] = [
  ["Drover's folder, then memory", {}, [HOME, MEMORY]],
  ["systemd's folder for the service first", { service: "/var/lib/shop" }, [SERVICE, HOME, MEMORY]],
  ["only memory for a user without a home", { home: null }, [MEMORY]],
  ["the system's folder for workers of another user", { foreign: true }, [HOME, SYSTEM, MEMORY]],
];

suite("the store may be in", () => {
  for (const [title, surroundings, files] of lists) {
    test(title, () => {
      assert.deepEqual(
        placesFor({ ...ADA, ...surroundings }).map(({ file }) => file),
        files,
      );
    });
  }
});

const GOOD = { refusal: null, network: null, bytes: 1e12, volatile: false };
const home: Facts = { ...GOOD, file: HOME };
const system: Facts = { ...GOOD, file: SYSTEM };
const memory: Facts = { ...GOOD, file: MEMORY, volatile: true };
const readOnly = { refusal: "EROFS" };

type Row = readonly [
  title: string,
  places: readonly Facts[],
  choice: Pick<Choice, "file" | "maxSize">,
  warning: RegExp | null,
];

const LASTING = { maxSize: null };
const rows: readonly Row[] = [
  ["the first that can be written", [home], { file: HOME, ...LASTING }, null],
  ["the next, where the first cannot", [{ ...home, ...readOnly }, system], { file: SYSTEM, ...LASTING }, null],
  [
    "memory, with a warning that says why and what to do, where no disk will do",
    [{ ...home, ...readOnly }, memory],
    { file: MEMORY, maxSize: 512_000_000 },
    /^\/home\/ada\/\.drover\/state\/shop\/store\.db cannot be written \(EROFS\): .*kept in memory.*not the machine or the container \(\/dev\/shm\/drover-1000\/shop\/store\.db\)\. Set DROVER_HOME .* or --store\.$/,
  ],
  [
    "memory rather than a network file system",
    [{ ...home, network: "NFS" }, memory],
    { file: MEMORY, maxSize: 512_000_000 },
    /network file system \(NFS\)/,
  ],
  ["memory for a user without a home", [memory], { file: MEMORY, maxSize: 512_000_000 }, /no home folder/],
  [
    "no more than half of a small memory, as in a container",
    [
      { ...home, ...readOnly },
      { ...memory, bytes: 64 * 2 ** 20 },
    ],
    { file: MEMORY, maxSize: 32 * 2 ** 20 },
    /in memory/,
  ],
  [
    "no less than a store needs of a tiny one",
    [
      { ...home, ...readOnly },
      { ...memory, bytes: 2 ** 20 },
    ],
    { file: MEMORY, maxSize: 1_000_000 },
    /in memory/,
  ],
  [
    "the first, which the workers will complain about, where there is nothing else",
    [
      { ...home, ...readOnly },
      { ...memory, refusal: "ENOENT" },
    ],
    { file: HOME, ...LASTING },
    null,
  ],
];

suite("the store is in", () => {
  for (const [title, places, choice, warning] of rows) {
    test(title, () => {
      const { warning: said, ...chosen } = choosePlace(places);
      assert.deepEqual(chosen, choice);
      if (warning === null) assert.equal(said, null);
      else assert.match(`${said?.message}. ${said?.fix}`, warning);
    });
  }
});

const types: readonly (readonly [title: string, type: number, network: string | null])[] = [
  ["NFS is a network's", 0x6969, "NFS"],
  ["SMB, whose number some kernels sign, is a network's", 0xff534d42 | 0, "SMB"],
  ["a Windows folder in WSL is a network's", 0x01021997, "9P"],
  ["ext4 is this machine's", 0xef53, null],
  ["overlayfs is this machine's", 0x794c7630, null],
  ["FUSE is this machine's", 0x65735546, null],
];

suite("of file systems", () => {
  for (const [title, type, network] of types) test(title, () => assert.equal(networkOf(type), network));
});
