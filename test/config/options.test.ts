import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { optionRows } from "../../src/config/options.ts";
import { configSchema } from "../../src/config/schema.ts";
import { renderOptions } from "../../tools/render-options.ts";

function duplicates(words: readonly string[]): readonly string[] {
  return words.filter((word, index) => words.indexOf(word) !== index);
}

suite("the option table", () => {
  test("no two options share a flag, a short flag or a variable", () => {
    const flags = optionRows().flatMap(([, { flag, off }]) =>
      [flag, off?.flag].flatMap((written) => written?.match(/--?[\w-]+/g) ?? []),
    );
    assert.deepEqual(duplicates(flags), []);
    assert.deepEqual(duplicates(optionRows().flatMap(([, { env }]) => env ?? [])), []);
  });

  test("no option takes a flag that the command needs itself", () => {
    const reserved = ["-c", "--config", "-h", "--help", "-v", "--version", "--json"];
    const flags = optionRows().flatMap(([, { flag }]) => flag?.match(/--?[\w-]+/g) ?? []);
    assert.deepEqual(
      flags.filter((flag) => reserved.includes(flag)),
      [],
    );
  });

  for (const [key, { kind, default: standard, env, flag }] of optionRows()) {
    test(`the default of ${key} is a value of its kind`, () => {
      assert.deepEqual(kind.parse(standard), { ok: true, value: standard });
    });

    test(`the names of ${key} follow from each other`, () => {
      const words = key
        .replace(/^reload\./, "")
        .replace(/^tls[.](?=acme)/, "")
        .replace(/^tls[.]mode$/, "tls")
        .replace(/^(tls|acme|recycle)[.]/, "$1-")
        .replace(/^(timeouts|log)\.(.*)$/, (_, section: string, last: string) =>
          section === "timeouts" ? `${last}Timeout` : last === "access" ? "accessLog" : `log-${last}`,
        );
      const kebab = words.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const known = ["PORT", "HOST", "WEB_CONCURRENCY", "LOG_LEVEL"];
      if (flag !== null) assert.match(flag, new RegExp(`--${kebab}( |$)`));
      if (env !== null && !known.includes(env)) assert.equal(env, `DROVER_${kebab.replaceAll("-", "_").toUpperCase()}`);
    });
  }

  test("docs/options.md says what the table says", () => {
    const written = readFileSync(new URL("../../docs/options.md", import.meta.url), "utf8");
    assert.equal(written, renderOptions(), "run `node tools/render-options.ts`");
  });
});

type Properties = Readonly<Record<string, { readonly properties?: Properties }>>;

/** In dotted form, down to the last section. */
function keysOf(properties: Properties, path: string): readonly string[] {
  return Object.entries(properties).flatMap(([name, { properties: inner }]) =>
    inner === undefined || name === "env" ? [path + name] : keysOf(inner, `${path}${name}.`),
  );
}

suite("the JSON Schema", () => {
  const schema = configSchema() as { properties: Properties };

  test("has every option and nothing else", () => {
    const keys = keysOf(schema.properties, "");
    assert.deepEqual(keys.toSorted(), [...optionRows().map(([key]) => key), "$schema", "apps"].toSorted());
  });

  test("refuses unknown keys in every section", () => {
    const closed = JSON.stringify(schema).match(/"additionalProperties":false/g);
    assert.equal(closed?.length, 9);
  });

  test("lets each of apps have what the file may have, but for apps", () => {
    const { additionalProperties } = schema.properties["apps"] as { additionalProperties: { properties: object } };
    const outside = Object.keys(schema.properties).filter((key) => key !== "$schema" && key !== "apps");
    assert.deepEqual(Object.keys(additionalProperties.properties), outside);
    assert.deepEqual(Object.values(additionalProperties.properties)[0], { $ref: `#/properties/${outside[0]}` });
  });

  test("is JSON: nothing is lost when it is written", () => {
    assert.deepEqual(JSON.parse(JSON.stringify(schema)), schema);
  });
});
