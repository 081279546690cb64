import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { TestContext } from "node:test";

/**
 * A tool of the system that a test cannot do without. On Debian as root it is installed, unless DROVER_TEST_APT is 0; else the test is skipped and says why,
 * or fails where CI is true. Answers whether the tool is there.
 */
export function need(t: TestContext, tool: string, debianPackage: string): boolean {
  if (isThere(tool) || install(t, tool, debianPackage)) return true;
  const reason = `this test needs ${tool} (Debian package ${debianPackage})`;
  if (process.env["CI"] === "true") throw new Error(reason);
  t.skip(reason);
  return false;
}

function isThere(tool: string): boolean {
  return spawnSync("sh", ["-c", 'command -v "$1"', "sh", tool], { stdio: "ignore" }).status === 0;
}

function install(t: TestContext, tool: string, debianPackage: string): boolean {
  if (process.env["DROVER_TEST_APT"] === "0" || process.geteuid?.() !== 0 || !existsSync("/etc/debian_version"))
    return false;
  t.diagnostic(`installs the Debian package ${debianPackage} for ${tool}`);
  try {
    apt("update");
    apt("install", "--yes", "--no-install-recommends", debianPackage);
  } catch (error) {
    t.diagnostic(`that failed: ${String(error)}`);
  }
  return isThere(tool);
}

/**
 * Test files run side by side: one waits for the other's lock. A server that is installed is not to run: with SYSTEMD_OFFLINE the packages' scripts may call
 * systemctl as they do in an image that is being built, where it starts nothing.
 */
function apt(...args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", SYSTEMD_OFFLINE: "1" };
  execFileSync("apt-get", ["-qq", "-o", "DPkg::Lock::Timeout=120", ...args], { env, stdio: "ignore" });
}
