import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { AppError, type ErrorCode } from "../../src/errors.ts";

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}

test("docs/exit-codes.md lists every error code beside its exit code", () => {
  const codes = [...read("src/errors.ts").matchAll(/^ {2}([A-Z_]+): EXIT\./gm)].map(([, code = ""]) => code);
  const documented = new Map<string, number>();
  for (const [, exitCode, row = ""] of read("docs/exit-codes.md").matchAll(/^\| (\d+) \|(.*)$/gm)) {
    for (const [, code = ""] of row.matchAll(/`([A-Z]+(?:_[A-Z]+)*)`/g)) documented.set(code, Number(exitCode));
  }
  const real = new Map(codes.map((code) => [code, new AppError(code as ErrorCode, "").exitCode]));
  assert.ok(real.size > 10);
  assert.deepEqual(documented, real);
});
