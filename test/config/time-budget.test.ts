import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { platformOf, timeBudget, type Signs } from "../../src/config/time-budget.ts";

const TERMINAL: Signs = { env: {}, pid: 4242, exists: () => false };
const KUBERNETES = { KUBERNETES_SERVICE_HOST: "10.0.0.1" };
const inContainer = { exists: (path: string) => path === "/.dockerenv" };
const inPodman = { exists: (path: string) => path === "/run/.containerenv" };

const platforms: readonly (readonly [title: string, signs: Partial<Signs>, grace: number | undefined])[] = [
  ["nothing of a terminal", {}, undefined],
  ["30 s of Kubernetes", { env: KUBERNETES, ...inContainer, pid: 1 }, 30_000],
  ["90 s of systemd", { env: { INVOCATION_ID: "ab" } }, 90_000],
  ["90 s of systemd that wants to be notified", { env: { NOTIFY_SOCKET: "/run/systemd/notify" } }, 90_000],
  ["10 s of Docker", inContainer, 10_000],
  ["10 s of Podman", inPodman, 10_000],
  ["10 s of whoever runs it as process 1", { pid: 1 }, 10_000],
];

suite("knows", () => {
  for (const [title, signs, grace] of platforms) {
    test(title, () => assert.equal(platformOf({ ...TERMINAL, ...signs })?.grace, grace));
  }
});

type Row = readonly [
  title: string,
  timeouts: { lameduck?: number; drain?: number; grace?: number | null },
  signs: Partial<Signs>,
  says: RegExp,
  fix: RegExp | null,
];

const rows: readonly Row[] = [
  ["fits where nobody waits", {}, {}, /^a stop may take 21 s \(drain 20 s, 1 s to end\)$/, null],
  [
    "fits into Kubernetes by default",
    { lameduck: 5_000 },
    { env: KUBERNETES },
    /26 s .*Kubernetes grants 30 s by default$/,
    null,
  ],
  [
    "fits to the second",
    { lameduck: 9_000 },
    { env: KUBERNETES },
    /30 s \(lameduck 9 s, drain 20 s, 1 s to end\)/,
    null,
  ],
  [
    "is too long for Kubernetes",
    { lameduck: 5_000, drain: 30_000 },
    { env: KUBERNETES },
    /may take 36 s \(lameduck 5 s, drain 30 s, 1 s to end\); Kubernetes grants 30 s by default$/,
    /terminationGracePeriodSeconds: 36 .*preStop.*--grace-timeout 36s, or shorten --drain-timeout/,
  ],
  [
    "is too long for docker stop",
    {},
    inContainer,
    /may take 21 s.*Docker grants 10 s by default$/,
    /--stop-timeout 21.*stop_grace_period: 21s/,
  ],
  [
    "is too long for systemd",
    { drain: 120_000 },
    { env: { INVOCATION_ID: "ab" } },
    /systemd grants 90 s by default/,
    /TimeoutStopSec=121 /,
  ],
  ["fits into what the platform was told to grant", { grace: 30_000 }, inContainer, /timeouts.grace is 30 s$/, null],
  [
    "is too long for what the platform was told to grant",
    { grace: 15_000 },
    inContainer,
    /timeouts.grace is 15 s$/,
    /--stop-timeout 21/,
  ],
  [
    "is too long for an unknown platform",
    { grace: 5_000 },
    {},
    /timeouts.grace is 5 s$/,
    /^Have the platform grant more/,
  ],
  ["rounds up to whole seconds", { drain: 20_500 }, inContainer, /21.5 s/, /--stop-timeout 22,/],
];

suite("a stop", () => {
  for (const [title, timeouts, signs, says, fix] of rows) {
    test(title, () => {
      const all = { boot: 0, hang: 0, idle: 0, keepAlive: 0, headers: 0, read: 0, request: 0 };
      const chosen = { ...all, lameduck: 0, drain: 20_000, grace: null, ...timeouts };
      const budget = timeBudget(chosen, platformOf({ ...TERMINAL, ...signs }));
      assert.match(budget.text, says);
      if (fix) assert.match(budget.fix ?? "", fix);
      else assert.equal(budget.fix, null);
    });
  }
});
