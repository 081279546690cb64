import type { SightName } from "../../protocol/notes.ts";
import type { Heap } from "./heap.ts";
import type { Exported } from "./loaded.ts";

type Fields = Readonly<Record<string, unknown>>;

interface Row {
  readonly name: SightName;
  readonly package: string;
  /** How many of it are at work in this process, from what the package's modules export. */
  readonly count: (modules: readonly Exported[], heap: Pick<Heap, "living">) => number;
}

/** Packages that keep in their process what all workers should share, or do in each what one should do. */
export const PACKAGES: readonly Row[] = [
  { name: "memory-session", package: "express-session", count: instances("MemoryStore") },
  { name: "memory-session", package: "@fastify/session", count: instances("MemoryStore") },
  { name: "memory-session", package: "hono-sessions", count: instances("MemoryStore") },
  { name: "memory-rate-limit", package: "express-rate-limit", count: instances("MemoryStore") },
  { name: "memory-rate-limit", package: "hono-rate-limiter", count: instances("MemoryStore") },
  { name: "memory-rate-limit", package: "@fastify/rate-limit", count: instances("LocalStore") },
  { name: "memory-rate-limit", package: "@nestjs/throttler", count: instances("ThrottlerStorageService") },
  { name: "memory-rate-limit", package: "rate-limiter-flexible", count: uninsuring("RateLimiterMemory") },
  { name: "cron-job", package: "node-cron", count: nodeCronTasks },
  { name: "cron-job", package: "node-schedule", count: scheduledJobs },
  { name: "cron-job", package: "cron", count: instances("CronJob", (job) => job["isActive"] ?? job["running"]) },
  { name: "socket-io", package: "socket.io", count: instances("Server", hasAdapterInMemory) },
];

/** Living objects that `new` has made of the class of that name. Those of a class that extends it are somebody else's. */
function instances(name: string, isMeant: (object: Fields) => unknown = () => true): Row["count"] {
  return (modules, heap) => instancesOf(name, modules, heap).filter(isMeant).length;
}

function instancesOf(name: string, modules: readonly Exported[], heap: Pick<Heap, "living">): readonly Fields[] {
  const found = prototypesOf(name, modules).flatMap((prototype) =>
    heap
      .living(prototype)
      .filter((one) => Object.getPrototypeOf(one) === prototype && !Object.hasOwn(one, "constructor")),
  );
  return found as unknown as readonly Fields[];
}

function prototypesOf(name: string, modules: readonly Exported[]): readonly object[] {
  const classes = modules.map((exported) => {
    if (typeof exported === "function" && exported.name === name) return exported;
    return isObject(exported) ? exported[name] : undefined;
  });
  return [...new Set(classes.flatMap((one) => (typeof one === "function" ? [one.prototype as object] : [])))];
}

/** Limiters that stand in for another while its store is away are as they should be. */
function uninsuring(name: string): Row["count"] {
  return (modules, heap) => {
    const limiters = instancesOf(name, modules, heap);
    const family = new Set(limiters.map((one) => Object.getPrototypeOf(Object.getPrototypeOf(one)) as object));
    const insured = [...family].flatMap((prototype) => heap.living(prototype));
    const insuring = new Set(
      insured.map((one) => Object.getOwnPropertyDescriptor(one, "_insuranceLimiter")?.value as unknown),
    );
    return limiters.filter((one) => !insuring.has(one)).length;
  };
}

/** Without those that are stopped, and those of which the package itself sees to it that only one process runs them. */
function nodeCronTasks(modules: readonly Exported[]): number {
  const tasks = modules.flatMap((exported) => {
    const list = isObject(exported) && typeof exported["getTasks"] === "function" ? exported["getTasks"]() : null;
    return list instanceof Map ? [...(list as Map<unknown, unknown>).values()] : [];
  });
  return new Set(tasks.filter(isRunning)).size;
}

function isRunning(task: unknown): boolean {
  if (!isObject(task)) return false;
  const status: unknown = typeof task["getStatus"] === "function" ? task["getStatus"]() : "running";
  const runner = task["runner"];
  const isShared = isObject(runner) && runner["runCoordinator"] !== undefined;
  return status !== "stopped" && status !== "destroyed" && !isShared;
}

function scheduledJobs(modules: readonly Exported[]): number {
  const jobs = modules.flatMap((exported) => {
    const list = isObject(exported) ? exported["scheduledJobs"] : null;
    return isObject(list) ? Object.values(list) : [];
  });
  return new Set(jobs).size;
}

/** Adapters that know all processes extend these. */
const IN_MEMORY: ReadonlySet<unknown> = new Set(["Adapter", "SessionAwareAdapter"]);

function hasAdapterInMemory(server: Fields): boolean {
  const adapter = server["_adapter"];
  return typeof adapter === "function" && IN_MEMORY.has(adapter.name);
}

function isObject(value: unknown): value is Fields {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
