import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { reportFatalErrors } from "../../../src/worker/app/fatal-reports.ts";
import { temporaryFolder } from "../../support/fixture.ts";

/** What the app sees, and what holds when a fatal error comes. */
function setUp(t: TestContext): { readonly report: typeof process.report; readonly node: typeof process.report } {
  const { report } = process;
  const descriptors = Object.getOwnPropertyDescriptors(report);
  const node = Object.defineProperties({} as typeof report, descriptors);
  const before = { ...node };
  t.after(() => {
    Object.defineProperties(report, descriptors);
    Object.assign(report, before);
  });
  // The test runner sets it.
  report.reportOnSignal = false;
  reportFatalErrors("/crashes/node");
  return { report, node };
}

const OURS = `/crashes/node/${process.pid}.json`;

suite("Node's reports of fatal errors", () => {
  test("are Drover's, and the app sees nothing of it", (t) => {
    const { report, node } = setUp(t);
    assert.deepEqual([node.reportOnFatalError, node.filename, node.compact], [true, OURS, true]);
    assert.deepEqual([report.reportOnFatalError, report.filename, report.compact], [false, "", false]);
    assert.deepEqual([node.reportOnFatalError, node.filename, node.compact], [true, OURS, true]);
  });

  test("leave those that the app writes as they are without Drover", (t) => {
    const { report, node } = setUp(t);
    const [folder, before] = [temporaryFolder(t), process.cwd()];
    process.chdir(folder);
    t.after(() => process.chdir(before));
    const files = [report.writeReport(), report.writeReport(), report.writeReport("named.json")];
    assert.deepEqual(readdirSync(folder).toSorted(), files.toSorted());
    assert.match(files[0] ?? "", /^report\.\d+\.\d+\./);
    const text = readFileSync(join(folder, "named.json"), "utf8");
    assert.ok("environmentVariables" in JSON.parse(text) && text.includes("\n  "));
    assert.equal(node.filename, OURS);
  });

  test("leave the app the settings it makes for those it writes", (t) => {
    const { report, node } = setUp(t);
    report.directory = "/srv/reports";
    report.filename = "app.json";
    assert.deepEqual([report.directory, report.filename], ["/srv/reports", "app.json"]);
    assert.deepEqual([node.directory, node.filename], ["", OURS]);
  });

  for (const event of ["reportOnFatalError", "reportOnSignal", "reportOnUncaughtException"] as const) {
    test(`are the app's alone once it has set ${event}`, (t) => {
      const { report, node } = setUp(t);
      report.directory = "/srv/reports";
      report[event] = true;
      report.filename = "app.json";
      assert.deepEqual([node.directory, node.filename, node[event]], ["/srv/reports", "app.json", true]);
      assert.equal(node.reportOnFatalError, event === "reportOnFatalError");
    });
  }

  test("hold while a report asks the app how its stack is to look", (t) => {
    const { report, node } = setUp(t);
    const before = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace") ?? { value: undefined };
    t.after(() => Object.defineProperty(Error, "prepareStackTrace", before));
    Error.prepareStackTrace = () => report.filename;
    report.getReport();
    assert.equal(report.filename, "");
    assert.equal(node.filename, OURS);
  });
});
