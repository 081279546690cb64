import assert from "node:assert/strict";
import { mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { systemClock } from "../../../src/primary/supervisor.ts";
import { FileWatch, foldersOf } from "../../../src/primary/tls/file-watch.ts";
import { temporaryFolder } from "../../support/fixture.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { within } from "../../support/wait.ts";

interface Watched {
  readonly watch: FileWatch;
  /** The next change. */
  changed: () => Promise<void>;
}

function watching(t: TestContext, ...files: readonly string[]): Watched {
  let next = Promise.withResolvers<void>();
  const watch = new FileWatch(systemClock, () => next.resolve());
  t.after(() => watch.close());
  watch.set(files);
  const changed = async (): Promise<void> => {
    await within(next.promise, "the change of a file");
    next = Promise.withResolvers<void>();
  };
  return { watch, changed };
}

/** By rename, as careful tools do. */
function replace(file: string, content: string): void {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

function relink(link: string, target: string): void {
  symlinkSync(target, `${link}.new`);
  renameSync(`${link}.new`, link);
}

suite("a watched file", () => {
  test("is seen when it is written", async (t) => {
    const file = join(temporaryFolder(t), "site.pem");
    writeFileSync(file, "one");
    const { changed } = watching(t, file);
    writeFileSync(file, "two, longer");
    await changed();
  });

  test("is seen when another takes its place, again and again", async (t) => {
    const file = join(temporaryFolder(t), "site.pem");
    writeFileSync(file, "one");
    const { changed } = watching(t, file);
    for (const content of ["two", "three", "four"]) {
      replace(file, content);
      await changed();
    }
  });

  test("is seen through certbot's links", async (t) => {
    const folder = temporaryFolder(t);
    for (const inner of ["live/shop", "archive/shop"]) mkdirSync(join(folder, inner), { recursive: true });
    for (const number of [1, 2]) writeFileSync(join(folder, `archive/shop/fullchain${number}.pem`), "x");
    const link = join(folder, "live/shop/fullchain.pem");
    symlinkSync("../../archive/shop/fullchain1.pem", link);
    const { changed } = watching(t, link);
    relink(link, "../../archive/shop/fullchain2.pem");
    await changed();
    writeFileSync(join(folder, "archive/shop/fullchain2.pem"), "longer");
    await changed();
  });

  test("is seen through the links of a Kubernetes secret, version after version", async (t) => {
    const folder = temporaryFolder(t);
    const version = (name: string): void => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "tls.crt"), "x");
    };
    version("..1");
    symlinkSync("..1", join(folder, "..data"));
    symlinkSync("..data/tls.crt", join(folder, "tls.crt"));
    const { changed } = watching(t, join(folder, "tls.crt"));
    for (const name of ["..2", "..3"]) {
      version(name);
      relink(join(folder, "..data"), name);
      rmSync(join(folder, `..${Number(name.slice(2)) - 1}`), { recursive: true });
      await changed();
    }
  });

  test("is seen when its folder is made anew", async (t) => {
    const folder = join(temporaryFolder(t), "tls");
    const file = join(folder, "site.pem");
    mkdirSync(folder);
    writeFileSync(file, "one");
    const { changed } = watching(t, file);
    renameSync(folder, `${folder}.old`);
    await changed();
    mkdirSync(folder);
    writeFileSync(file, "two");
    await changed();
  });

  test("is seen when it comes into being", async (t) => {
    const file = join(temporaryFolder(t), "deep/er/site.pem");
    const { changed } = watching(t, file);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, "one");
    await changed();
  });
});

suite("where nobody tells of changes", () => {
  test("a look each minute finds them", (t) => {
    const clock = new ManualClock();
    const file = join(temporaryFolder(t), "site.pem");
    writeFileSync(file, "one");
    let changes = 0;
    const watch = new FileWatch(clock, () => (changes += 1));
    t.after(() => watch.close());
    watch.set([file]);
    clock.advance(60_000);
    assert.equal(changes, 0);
    utimesSync(file, 1, 1);
    clock.advance(60_000);
    assert.equal(changes, 1);
    clock.advance(60_000);
    assert.equal(changes, 1);
  });

  test("a change on its way is not lost when other files are to be watched", (t) => {
    const clock = new ManualClock();
    const folder = temporaryFolder(t);
    const [one, two] = [join(folder, "one.pem"), join(folder, "two.pem")];
    for (const file of [one, two]) writeFileSync(file, "x");
    let changes = 0;
    const watch = new FileWatch(clock, () => (changes += 1));
    t.after(() => watch.close());
    watch.set([one]);
    for (const file of [one, two]) utimesSync(file, 1, 1);
    watch.set([one, two]);
    clock.advance(60_000);
    assert.equal(changes, 1);
  });

  test("nothing is left of it when it is closed", (t) => {
    const clock = new ManualClock();
    const watch = new FileWatch(clock, () => assert.fail("it was closed"));
    watch.set([join(temporaryFolder(t), "site.pem")]);
    watch.close();
    assert.equal(clock.waiting, 0);
  });
});

suite("the folders of a file", () => {
  test("are its own and those of all links on the way", (t) => {
    const folder = realpathSync(temporaryFolder(t));
    mkdirSync(join(folder, "releases/1/tls"), { recursive: true });
    writeFileSync(join(folder, "releases/1/tls/site.pem"), "x");
    symlinkSync("releases/1", join(folder, "current"));
    assert.deepEqual(foldersOf(join(folder, "current/tls/site.pem")), [folder, join(folder, "releases/1/tls")]);
  });

  test("are as far as there is a way, and end in a circle of links", (t) => {
    const folder = realpathSync(temporaryFolder(t));
    assert.deepEqual(foldersOf(join(folder, "a/b/c.pem")), [folder]);
    symlinkSync("two", join(folder, "one"));
    symlinkSync("one", join(folder, "two"));
    assert.deepEqual(foldersOf(join(folder, "one")), [folder]);
  });
});
