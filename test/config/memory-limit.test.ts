import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { memoryLimit } from "../../src/config/memory-limit.ts";

const MB = 2 ** 20;
const V2 = { "/proc/self/cgroup": "0::/kubepods/pod1/web\n" };
const V1 = { "/proc/self/cgroup": "4:memory:/docker/1\n3:cpu,cpuacct:/docker/1\n0::/\n" };

const rows: readonly (readonly [title: string, files: Readonly<Record<string, string>>, limit: number | null])[] = [
  ["there is none without /proc", {}, null],
  ["max is none", { ...V2, "/sys/fs/cgroup/kubepods/pod1/web/memory.max": "max\n" }, null],
  ["that of v2", { ...V2, "/sys/fs/cgroup/kubepods/pod1/web/memory.max": `${512 * MB}\n` }, 512 * MB],
  [
    "the tightest on the way up",
    {
      ...V2,
      "/sys/fs/cgroup/kubepods/pod1/web/memory.max": "max\n",
      "/sys/fs/cgroup/kubepods/pod1/memory.max": `${300 * MB}\n`,
      "/sys/fs/cgroup/kubepods/memory.max": `${900 * MB}\n`,
    },
    300 * MB,
  ],
  [
    "where the kernel begins to slow us down",
    {
      ...V2,
      "/sys/fs/cgroup/kubepods/pod1/web/memory.max": `${512 * MB}\n`,
      "/sys/fs/cgroup/kubepods/pod1/web/memory.high": `${400 * MB}\n`,
    },
    400 * MB,
  ],
  ["in a container whose path is the host's", { ...V2, "/sys/fs/cgroup/memory.max": `${256 * MB}\n` }, 256 * MB],
  ["that of v1", { ...V1, "/sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes": `${512 * MB}\n` }, 512 * MB],
  [
    "none of v1, which is a number",
    { ...V1, "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n" },
    null,
  ],
  ["one above the machine's memory is none", { ...V2, "/sys/fs/cgroup/memory.max": `${64_000 * MB}\n` }, null],
];

suite("the memory limit", () => {
  for (const [title, files, limit] of rows)
    test(title, () =>
      assert.equal(
        memoryLimit((file) => files[file] ?? null, 16_000 * MB),
        limit,
      ),
    );
});
