import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { isOurs, type ToPrimary } from "../../src/protocol/ipc.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { need } from "../support/tools.ts";
import { within } from "../support/wait.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/store/${name}`, import.meta.url));

test("a process with a keeper ends by itself and says nothing", async (t) => {
  const args = [fixture("quiet.ts"), join(temporaryFolder(t), "store.db")];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  const said = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  const [out, err, [code]] = await within(said, "the end of the process");
  assert.deepEqual([out, err, code], ["", "", 0]);
});

test("a full disk: writes are refused, reads go on, and both work again when there is room; the primary hears of it once each", async (t) => {
  if (!mayMount(t)) return;
  const { steps, reports } = await run(t, "unshare", inOwnVolume("full", temporaryFolder(t)));
  assert.match(String(steps["refused"]), /^STORE_UNAVAILABLE: .*the disk is full$/);
  assert.equal(steps["read"], "kept");
  assert.equal(steps["recovered"], "well");
  assert.deepEqual(reports, ["the disk is full", null]);
});

test("a read-only disk: nothing is served and the app lives, until it can be written", async (t) => {
  if (!mayMount(t)) return;
  const { steps, reports } = await run(t, "unshare", inOwnVolume("read-only", temporaryFolder(t)));
  assert.match(String(steps["refused"]), /^STORE_UNAVAILABLE: .*read-only$/);
  assert.equal(steps["recovered"], "well");
  assert.deepEqual(reports, ["its file or folder is read-only", null]);
});

test("a disk that refuses to write: reads go on, and writes work when it has come round", async (t) => {
  if (!need(t, "prlimit", "util-linux")) return;
  const args = ["--fsize=300000:unlimited", process.execPath, fixture("bad-disk.ts"), "limited", temporaryFolder(t)];
  const { steps, reports } = await run(t, "prlimit", args);
  assert.match(String(steps["refused"]), /^STORE_UNAVAILABLE: .*the disk refuses to write$/);
  assert.equal(steps["read"], "kept");
  assert.equal(steps["recovered"], "well");
  assert.deepEqual(reports, ["the disk refuses to write", null]);
});

test("after a write that was refused a store is well again by itself, though nobody asks for anything", async (t) => {
  const args = [fixture("busy.ts"), join(temporaryFolder(t), "store.db")];
  const { steps, reports } = await run(t, process.execPath, args, (child, reason) => {
    if (reason === null) child.send("enough");
  });
  assert.equal(steps["refused"], "STORE_UNAVAILABLE");
  assert.deepEqual(reports, ["it was busy with the writes of others", null]);
});

interface Told {
  readonly steps: Readonly<Record<string, string | null>>;
  /** What the process reported as a worker does to its primary. */
  readonly reports: readonly (string | null)[];
}

async function run(
  t: TestContext,
  command: string,
  args: readonly string[],
  heard: (child: ChildProcess, report: string | null) => void = () => undefined,
): Promise<Told> {
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  t.after(() => child.kill("SIGKILL"));
  const steps: Record<string, string | null> = {};
  const reports: (string | null)[] = [];
  child.on("message", (message: { step: string; what: string | null }) => (steps[message.step] = message.what));
  child.on("internalMessage", (message: unknown) => {
    if (!isOurs<ToPrimary>(message) || message.type !== "store") return;
    reports.push(message.degraded);
    heard(child, message.degraded);
  });
  const [code] = await within(once(child, "close"), "the end of the process");
  assert.equal(code, 0);
  return { steps, reports };
}

const ownNamespace = (): string[] => (process.geteuid?.() === 0 ? ["--mount"] : ["--map-root-user", "--mount"]);

/** The volume is gone with the process. */
function inOwnVolume(fault: string, folder: string): string[] {
  const script = 'mount -t tmpfs -o size=4m tmpfs "$3" && exec "$0" "$1" "$2" "$3"';
  return [...ownNamespace(), "sh", "-c", script, process.execPath, fixture("bad-disk.ts"), fault, folder];
}

function mayMount(t: TestContext): boolean {
  if (!need(t, "unshare", "util-linux")) return false;
  const script = "mount -t tmpfs tmpfs /mnt";
  if (spawnSync("unshare", [...ownNamespace(), "sh", "-c", script]).status === 0) return true;
  t.skip("this test needs the right to mount a volume in a namespace of its own");
  return false;
}
