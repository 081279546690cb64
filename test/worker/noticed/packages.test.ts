import assert from "node:assert/strict";
import { test } from "node:test";
import { PACKAGES } from "../../../src/worker/noticed/packages.ts";

class MemoryStore {
  readonly kind = "MemoryStore";
}
class OtherStore extends MemoryStore {}
class CronJob {
  readonly isActive: boolean;
  constructor(isActive: boolean) {
    this.isActive = isActive;
  }
}
class Adapter {
  readonly kind = "Adapter";
}
class RedisAdapter extends Adapter {}
class Server {
  readonly _adapter: unknown;
  constructor(adapter: unknown) {
    this._adapter = adapter;
  }
}
class Limiter {
  readonly kind = "Limiter";
}
class RateLimiterMemory extends Limiter {}
class RateLimiterRedis extends Limiter {
  readonly _insuranceLimiter: Limiter | undefined;
  constructor(insurance?: Limiter) {
    super();
    this._insuranceLimiter = insurance;
  }
}
class LocalStore {
  readonly kind = "LocalStore";
}

const insurance = new RateLimiterMemory();
const task = (status: string, runner: object = {}): object => ({ getStatus: () => status, runner });
const tasks = (...all: readonly object[]): object => ({ getTasks: () => new Map(all.entries()) });

/** `[package, what it exports, what lives, how many count]`. */
const ROWS: readonly (readonly [string, string, unknown, readonly object[], number])[] = [
  ["a store in memory", "express-session", { MemoryStore }, [new MemoryStore()], 1],
  ["no store that is only there to be used", "express-session", { MemoryStore }, [], 0],
  ["no store that extends the one in memory", "express-session", { MemoryStore }, [new OtherStore()], 0],
  ["no class that extends the one in memory", "express-session", { MemoryStore }, [OtherStore.prototype], 0],
  ["a class that is all a module exports", "@fastify/rate-limit", LocalStore, [new LocalStore()], 1],
  ["nothing in modules that export something else", "@fastify/rate-limit", { plugin: null }, [], 0],
  ["a limiter", "rate-limiter-flexible", { RateLimiterMemory }, [insurance, new RateLimiterRedis()], 1],
  [
    "no limiter that insures another",
    "rate-limiter-flexible",
    { RateLimiterMemory },
    [insurance, new RateLimiterRedis(insurance)],
    0,
  ],
  ["jobs that run", "cron", { CronJob }, [new CronJob(true), new CronJob(false)], 1],
  ["tasks that run", "node-cron", tasks(task("idle"), task("stopped"), task("destroyed")), [], 1],
  ["no tasks that the package shares out", "node-cron", tasks(task("idle", { runCoordinator: {} })), [], 0],
  ["scheduled jobs", "node-schedule", { scheduledJobs: { one: {}, two: {} } }, [], 2],
  ["a Socket.IO server without an adapter", "socket.io", { Server }, [new Server(Adapter)], 1],
  ["no Socket.IO server with an adapter", "socket.io", { Server }, [new Server(RedisAdapter)], 0],
];

for (const [title, name, exported, objects, expected] of ROWS)
  test(`counts ${title}: ${name}`, () => {
    const row = PACKAGES.find((one) => one.package === name);
    // Twice: as a package that was both required and imported.
    assert.equal(row?.count([exported, exported], heapOf(objects)), expected);
  });

function heapOf(objects: readonly object[]): { readonly living: (prototype: object) => readonly object[] } {
  return { living: (prototype) => objects.filter((one) => inherits(one, prototype)) };
}

function inherits(object: object, prototype: object): boolean {
  return Object.prototype.isPrototypeOf.call(prototype, object);
}
