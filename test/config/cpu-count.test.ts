import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { cpuCount, type CpuCount } from "../../src/config/cpu-count.ts";

const status = (list: string) => ({ "/proc/self/status": `Name:\tnode\nCpus_allowed_list:\t${list}\n` });

interface Row {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  readonly available?: number;
  readonly answer: CpuCount;
}

const rows: readonly Row[] = [
  { title: "without /proc it is what Node says", files: {}, available: 6, answer: { count: 6, why: "6 CPUs" } },
  { title: "the affinity counts ranges and single CPUs", files: status("0-3,8"), answer: { count: 5, why: "5 CPUs" } },
  { title: "one CPU is one worker", files: status("2"), answer: { count: 1, why: "1 CPU" } },
  {
    title: "the affinity wins over what Node says, which under a quota is rounded down",
    files: { ...status("0-7"), "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "250000 100000\n" },
    available: 2,
    answer: { count: 3, why: "cgroup quota of 2.5 CPUs" },
  },
  {
    title: "a quota of 1.5 CPUs (v2) is two workers",
    files: { ...status("0-47"), "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "150000 100000\n" },
    answer: { count: 2, why: "cgroup quota of 1.5 CPUs" },
  },
  {
    title: "a quota below one CPU is one worker",
    files: { ...status("0-47"), "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "20000 100000\n" },
    answer: { count: 1, why: "cgroup quota of 0.2 CPUs" },
  },
  {
    title: "a quota of max is none",
    files: { ...status("0-3"), "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "max 100000\n" },
    answer: { count: 4, why: "4 CPUs" },
  },
  {
    title: "a quota above the affinity changes nothing",
    files: { ...status("0-1"), "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "800000 100000\n" },
    answer: { count: 2, why: "2 CPUs" },
  },
  {
    title: "the tightest quota on the way up counts",
    files: {
      ...status("0-15"),
      "/proc/self/cgroup": "0::/kubepods/pod1/web\n",
      "/sys/fs/cgroup/kubepods/pod1/web/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/kubepods/pod1/cpu.max": "300000 100000\n",
      "/sys/fs/cgroup/kubepods/cpu.max": "900000 100000\n",
    },
    answer: { count: 3, why: "cgroup quota of 3 CPUs" },
  },
  {
    title: "a path of the host that is not mounted in the container leads to the mount point",
    files: {
      ...status("0-15"),
      "/proc/self/cgroup": "0::/system.slice/docker-1.scope\n",
      "/sys/fs/cgroup/cpu.max": "200000 100000\n",
    },
    answer: { count: 2, why: "cgroup quota of 2 CPUs" },
  },
  {
    title: "a cgroup outside the namespace is looked for inside the mount",
    files: { ...status("0-3"), "/proc/self/cgroup": "0::/../../x\n", "/sys/fs/cgroup/x/cpu.max": "100000 100000\n" },
    answer: { count: 1, why: "cgroup quota of 1 CPU" },
  },
  {
    title: "a quota of v1 is found under the controller's own folder",
    files: {
      ...status("0-15"),
      "/proc/self/cgroup": "4:memory:/\n3:cpu,cpuacct:/docker/1\n0::/\n",
      "/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us": "350000\n",
      "/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us": "100000\n",
    },
    answer: { count: 4, why: "cgroup quota of 3.5 CPUs" },
  },
  {
    title: "a quota of v1 is found under the cpu folder",
    files: {
      ...status("0-15"),
      "/proc/self/cgroup": "3:cpu,cpuacct:/docker/1\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "50000\n",
    },
    answer: { count: 1, why: "cgroup quota of 1 CPU" },
  },
  {
    title: "a quota of -1 (v1) is none",
    files: {
      ...status("0-1"),
      "/proc/self/cgroup": "3:cpu:/\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    },
    answer: { count: 2, why: "2 CPUs" },
  },
  {
    title: "files without sense are no quota",
    files: { ...status("0-1"), "/proc/self/cgroup": "what is this\n0::/\n", "/sys/fs/cgroup/cpu.max": "\n" },
    answer: { count: 2, why: "2 CPUs" },
  },
];

suite("CPUs this process may use", () => {
  for (const { title, files, available = 99, answer } of rows) {
    test(title, () => {
      assert.deepEqual(
        cpuCount((file) => files[file] ?? null, available),
        answer,
      );
    });
  }
});
