import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { before, test } from "node:test";

const root = join(import.meta.dirname, "../..");

/** Each row is one file that must fail, with the rule that must catch it. */
const forbidden: readonly [title: string, file: string, source: string, rule: string][] = [
  [
    "policy that imports Node",
    "src/policy/*.ts",
    `import { join } from "node:path";\nexport const a = join;`,
    "no-restricted-imports",
  ],
  [
    "policy that imports another room",
    "src/policy/*.ts",
    `export type { Boot as A } from "../protocol/ipc.ts";`,
    "house(rooms)",
  ],
  [
    "policy that reads the clock",
    "src/policy/*.ts",
    "export const a = (): number => Date.now();",
    "no-restricted-globals",
  ],
  [
    "policy that sets a timer",
    "src/policy/*.ts",
    "export const a = (): unknown => setTimeout(() => {}, 1);",
    "no-restricted-globals",
  ],
  [
    "policy that throws dice",
    "src/policy/*.ts",
    "export const a = (): number => Math.random();",
    "no-restricted-properties",
  ],
  [
    "primary that imports worker",
    "src/primary/*.ts",
    `import { a } from "../worker/a.ts";\nexport const b: number = a;`,
    "house(rooms)",
  ],
  [
    "worker that imports primary",
    "src/worker/*.ts",
    `import type { A } from "../primary/a.ts";\nexport type B = A;`,
    "house(rooms)",
  ],
  [
    "worker that imports primary dynamically",
    "src/worker/*.ts",
    `export const a = await import("../primary/a.ts");`,
    "house(rooms)",
  ],
  [
    "server that imports worker",
    "src/server/*.ts",
    `import { a } from "../worker/a.ts";\nexport const b: number = a;`,
    "house(rooms)",
  ],
  [
    "cli that imports more of primary than its door",
    "src/cli/*.ts",
    `import { a } from "../primary/listeners.ts";\nexport const b: number = a;`,
    "house(rooms)",
  ],
  ["a room without rights of its own", "src/attic/*.ts", "export const a = 1;", "house(rooms)"],
  [
    "an import that does not end in .ts",
    "src/primary/*.ts",
    `import { b } from "./b.js";\nexport const a: number = b;`,
    "house(ts-imports)",
  ],
  ["a re-export outside index.ts", "src/primary/*.ts", `export { b } from "./b.ts";`, "house(no-re-export)"],
  [
    "a module-level let",
    "src/primary/*.ts",
    "let a = 1;\nexport const b = (): number => a++;",
    "house(no-module-state)",
  ],
  [
    "a module-level empty Map",
    "src/primary/*.ts",
    "export const a = new Map<string, number>();",
    "house(no-module-state)",
  ],
  ["a default export", "src/primary/*.ts", "export default 1;", "no-default-export"],
  [
    "process.exit outside cli.ts and worker.ts",
    "src/primary/*.ts",
    "export const a = (): never => process.exit(1);",
    "no-restricted-properties",
  ],
  ["console outside cli", "src/primary/*.ts", "export const a = (): void => console.log(1);", "no-console"],
  ["a file of more than 300 lines", "src/primary/*.ts", `export const a = [\n${"  1,\n".repeat(300)}];`, "max-lines"],
  [
    "a promise nobody waits for",
    "src/primary/*.ts",
    "const a = async (): Promise<void> => {};\nexport const b = (): void => {\n  a();\n};",
    "no-floating-promises",
  ],
  [
    "a built-in module without node:",
    "src/primary/*.ts",
    `import { join } from "path";\nexport const a = join;`,
    "prefer-node-protocol",
  ],
  [
    "a type imported as a value",
    "src/primary/*.ts",
    `import { B } from "./b.ts";\nexport const a = (b: B): B => b;`,
    "consistent-type-imports",
  ],
  ["any", "src/primary/*.ts", "export const a = (b: any): unknown => b;", "no-explicit-any"],
  [
    "a parameter property",
    "src/primary/*.ts",
    "export class A {\n  constructor(readonly a: number) {}\n}",
    "parameter-properties",
  ],
  [
    "a switch that misses a case",
    "src/primary/*.ts",
    `export function a(b: "x" | "y"): number {\n  switch (b) {\n    case "x":\n      return 1;\n  }\n  return 2;\n}`,
    "switch-exhaustiveness-check",
  ],
];

const allowed: readonly [title: string, file: string, source: string][] = [
  ["process.exit in cli.ts", "src/cli.ts", "process.exit(1);"],
  ["process.exit in worker/worker.ts", "src/worker/worker.ts", "process.exit(1);"],
  ["console in cli", "src/cli/*.ts", "console.log(1);"],
  [
    "cli that imports the door of primary",
    "src/cli/*.ts",
    `import { a } from "../primary/foreground.ts";\nexport const b: number = a;`,
  ],
  [
    "primary that imports policy",
    "src/primary/*.ts",
    `import { a } from "../policy/a.ts";\nexport const b: number = a;`,
  ],
  ["re-exports in index.ts", "src/index.ts", `export { start } from "./primary/start.ts";`],
  ["a module-level table", "src/primary/*.ts", "export const A = new Map([[1, 2]]);"],
];

/** The files that a row's `*` stands for differ, so that one run of the linter serves all rows. */
const files = [...forbidden, ...allowed].map(([, file, source], row) => ({
  file: file.replace("*", `row${row}`),
  source,
}));

async function lintAll(): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "drover-lint-"));
  try {
    for (const path of [".oxlintrc.json", "tsconfig.json", "tsconfig.build.json", "tools/lint"]) {
      await cp(join(root, path), join(folder, path), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "package.json"), `{ "type": "module" }`);
    for (const { file, source } of files) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), `${source}\n`);
    }
    return await runOxlint(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runOxlint(folder: string): Promise<readonly string[]> {
  const { promise, resolve } = Promise.withResolvers<readonly string[]>();
  const oxlint = join(root, "node_modules/oxlint/bin/oxlint");
  execFile(process.execPath, [oxlint, "-f", "unix", "src"], { cwd: folder }, (_error, stdout) => {
    resolve(stdout.split("\n"));
  });
  return promise;
}

let problems: readonly string[] = [];
const problemsOf = (row: number): string[] => problems.filter((line) => line.startsWith(`${files[row]?.file}:`));

before(async () => {
  problems = await lintAll();
});

for (const [row, [title, , , rule]] of forbidden.entries()) {
  test(`refuses ${title}`, () => {
    const found = problemsOf(row);
    assert.ok(
      found.some((line) => line.includes(rule)),
      found.join("\n") || "the lint passed",
    );
  });
}

for (const [row, [title]] of allowed.entries()) {
  test(`accepts ${title}`, () => {
    assert.deepEqual(problemsOf(forbidden.length + row), []);
  });
}
