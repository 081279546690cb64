import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { suite, test } from "node:test";
import { reportError } from "../../src/cli/report-error.ts";
import { AppError } from "../../src/errors.ts";

function report(error: unknown): { readonly code: number; readonly said: string } {
  const stderr = new PassThrough();
  const code = reportError(error, { env: {}, cwd: "/", stdout: new PassThrough(), stderr });
  return { code, said: String(stderr.read()) };
}

suite("an error at the end of a command", () => {
  test("that the user can mend is a message with its code and an indented hint", () => {
    const { code, said } = report(new AppError("CONFIG_INVALID", "expected a, got b", "Do this,\nthen that."));
    assert.deepEqual([code, said], [78, "error: expected a, got b [CONFIG_INVALID]\n  Do this,\n  then that.\n"]);
  });

  test("without a hint is one line", () => {
    assert.equal(report(new AppError("USAGE", "expected a, got b")).said, "error: expected a, got b [USAGE]\n");
  });

  test("of several lines has its code at the end of the first, and the others indented below it", () => {
    const message = "the app could not boot: /x/app.js\nError: no\n\n    at /x/app.js:1:7\n";
    assert.equal(
      report(new AppError("APP_BOOT_FAILED", message, "Mend it.")).said,
      "error: the app could not boot: /x/app.js [APP_BOOT_FAILED]\n  Error: no\n\n      at /x/app.js:1:7\n  Mend it.\n",
    );
  });

  test("of our own making is shown with its stack and called a bug", () => {
    const { code, said } = report(new TypeError("x is not a function"));
    assert.equal(code, 1);
    assert.match(
      said,
      /^error: this is a bug of Drover [\d.]+, not of your app\..*\nTypeError: x is not a function\n {4}at /,
    );
  });

  test("that is no Error is shown as it is", () => {
    assert.match(report("oops").said, /bug of Drover[^]*\noops\n$/);
  });
});
