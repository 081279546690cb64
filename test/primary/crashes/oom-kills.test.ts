import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { oomCounter, OomKills } from "../../../src/primary/crashes/oom-kills.ts";

const MOUNT = "/cgroups";

function counter(files: Readonly<Record<string, string>>): number | null {
  return oomCounter((file) => files[file] ?? null, MOUNT)();
}

function events(count: number): string {
  return `low 0\nhigh 0\nmax 3\noom 1\noom_kill ${count}\noom_group_kill 0\n`;
}

function control(count: number): string {
  return `oom_kill_disable 0\nunder_oom 0\noom_kill ${count}\n`;
}

suite("the kernel's count is found", () => {
  const rows: readonly (readonly [title: string, files: Readonly<Record<string, string>>, expected: number | null])[] =
    [
      ["nowhere", {}, null],
      ["in a cgroup of v2", { "/proc/self/cgroup": "0::/web\n", [`${MOUNT}/web/memory.events`]: events(2) }, 2],
      [
        "above one without the controller",
        { "/proc/self/cgroup": "0::/web/app\n", [`${MOUNT}/web/memory.events`]: events(3) },
        3,
      ],
      ["in a container's own", { "/proc/self/cgroup": "0::/\n", [`${MOUNT}/memory.events`]: events(4) }, 4],
      [
        "outside our namespace, at the mount",
        { "/proc/self/cgroup": "0::/../..\n", [`${MOUNT}/memory.events`]: events(5) },
        5,
      ],
      [
        "in a cgroup of v1",
        { "/proc/self/cgroup": "4:memory:/web\n1:cpu:/\n", [`${MOUNT}/memory/web/memory.oom_control`]: control(6) },
        6,
      ],
      [
        "in v1, where v2 is there too and has no memory",
        {
          "/proc/self/cgroup": "4:memory:/web\n0::/\n",
          [`${MOUNT}/memory/web/memory.oom_control`]: control(7),
        },
        7,
      ],
      [
        "in v1 of an old kernel, for the whole machine",
        {
          "/proc/self/cgroup": "4:memory:/web\n",
          [`${MOUNT}/memory/web/memory.oom_control`]: "oom_kill_disable 0\nunder_oom 0\n",
          "/proc/vmstat": "nr_free_pages 1\noom_kill 8\n",
        },
        8,
      ],
      ["for the whole machine", { "/proc/self/cgroup": "0::/\n", "/proc/vmstat": "oom_kill 9\n" }, 9],
    ];
  for (const [title, files, expected] of rows) test(title, () => assert.equal(counter(files), expected));
});

suite("a SIGKILL was the kernel's", () => {
  /** What each look finds, and when; then whether the deaths at these times were its. */
  const rows: readonly (readonly [
    title: string,
    start: number | null,
    looks: readonly (readonly [at: number, count: number | null])[],
    deaths: readonly (readonly [at: number, count: number | null, isIts: boolean])[],
  ])[] = [
    ["when its count has risen", 0, [], [[500, 1, true]]],
    ["not when it has not", 3, [], [[500, 3, false]]],
    ["not when nobody counts", null, [], [[500, null, false]]],
    ["not when it was counted before we came", 5, [[1_000, 5]], [[1_500, 5, false]]],
    ["when the count was seen before the death was heard of", 0, [[1_000, 1]], [[1_400, 1, true]]],
    [
      "not when something else was killed a while ago",
      0,
      [
        [1_000, 1],
        [2_000, 1],
      ],
      [[9_000, 1, false]],
    ],
    [
      "once for each kill",
      0,
      [],
      [
        [500, 1, true],
        [510, 1, false],
      ],
    ],
    [
      "for two that die together",
      0,
      [],
      [
        [500, 2, true],
        [510, 2, true],
        [520, 2, false],
      ],
    ],
    ["not when the count has been lost", 2, [[1_000, null]], [[1_100, 3, false]]],
    ["when it began anew in another cgroup", 9, [[1_000, 0]], [[1_100, 1, true]]],
  ];
  for (const [title, start, looks, deaths] of rows) {
    test(title, () => {
      let count = start;
      const kills = new OomKills(() => count);
      for (const [at, found] of looks) {
        count = found;
        kills.look(at);
      }
      for (const [at, found, isIts] of deaths) {
        count = found;
        assert.equal(kills.claim(at), isIts, `at ${at}`);
      }
    });
  }
});
