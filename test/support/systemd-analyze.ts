import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { DeployedFile } from "../../src/deploy/deployment.ts";
import { temporaryFolder } from "./fixture.ts";

/** What systemd says of these units, that are nowhere but in a folder of the test. */
export interface Opinion {
  /** Empty: nothing. It reads the machine's own units, too: of those nothing is told. */
  readonly complaints: readonly string[];
  /** From 0, perfectly safe, to 10. */
  readonly exposure: number;
  /** What it has understood, one line a setting. */
  readonly dump: string;
}

/** `programs`: commands that are not on this machine; something that is there stands in for them. */
export function analyze(t: TestContext, files: readonly DeployedFile[], programs: readonly string[] = []): Opinion {
  const folder = temporaryFolder(t);
  const paths = files.map(({ name, text }) => {
    const path = join(folder, name);
    writeFileSync(
      path,
      programs.reduce((before, program) => before.replaceAll(`=${program} `, `=${process.execPath} `), text),
    );
    return path;
  });
  const stems = files.map(({ name }) => name);
  const verify = run(["verify", "--man=no", ...paths]);
  const complaints = verify.stderr.split("\n").filter((line) => stems.some((name) => line.includes(name)));
  if (verify.status !== 0) complaints.push(`exit code ${verify.status}`);
  const service = paths.find((path) => path.endsWith(".service")) ?? "";
  const security = run(["security", "--offline=true", "--no-pager", service]).stdout;
  const { stdout: dump } = run(["verify", "--man=no", ...paths], { SYSTEMD_LOG_LEVEL: "debug" });
  return {
    complaints,
    dump,
    exposure: Number(/Overall exposure level for \S+: ([\d.]+)/.exec(security)?.[1] ?? Number.NaN),
  };
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return spawnSync("systemd-analyze", args, { encoding: "utf8", env: { ...process.env, ...env }, maxBuffer: 1 << 26 });
}
