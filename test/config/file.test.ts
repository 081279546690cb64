import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { loadConfigFile } from "../../src/config/file.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { temporaryFolder } from "../support/fixture.ts";

const formats: Readonly<Record<string, string>> = {
  "drover.config.ts": "const port: number = 4000;\nexport default { port };\n",
  "drover.config.mts": "export default { port: 4000 as number };\n",
  "drover.config.mjs": "export default { port: await Promise.resolve(4000) };\n",
  "drover.config.js": "module.exports = { port: 4000 };\n",
  "drover.config.json": '\uFEFF{\n\t"port": 4000\n}\n',
  "drover.config.yaml": "port: 4000 # of the app\n",
  "drover.config.yml": "{ port: 4000 }\n",
};

suite("a config file", () => {
  for (const [name, source] of Object.entries(formats)) {
    test(`${name} is found and loaded`, async (t) => {
      const folder = temporaryFolder(t);
      writeFileSync(join(folder, name), source);
      const file = await loadConfigFile(folder, undefined);
      assert.deepEqual({ ...file?.content }, { port: 4000 });
      assert.equal(file?.shown, name);
    });
  }

  test("its absence is no error", async (t) => {
    assert.equal(await loadConfigFile(temporaryFolder(t), undefined), null);
  });

  test("one of another name is read when it is given", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "etc"));
    writeFileSync(join(folder, "etc/web.yaml"), "port: 4000\n");
    const file = await loadConfigFile(folder, "etc/web.yaml");
    assert.equal(file?.folder, join(folder, "etc"));
    assert.equal(file.shown, "etc/web.yaml");
  });

  for (const [name, source] of [
    ["drover.config.mjs", "export default { port: PORT };\n"],
    ["drover.config.cjs", "module.exports = { port: PORT };\n"],
  ] as const) {
    test(`${name} is read anew each time`, async (t) => {
      const folder = temporaryFolder(t);
      for (const port of [1, 2]) {
        writeFileSync(join(folder, name), source.replace("PORT", String(port)));
        assert.deepEqual({ ...(await loadConfigFile(folder, name))?.content }, { port });
      }
    });
  }

  test("the place of a key in it is known for JSON and YAML", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "a.yaml"), "port: 1\ntimeouts:\n  drain: 2\n");
    writeFileSync(join(folder, "b.json"), '{\n  "timeouts": {\n    "drain": 2 } }');
    writeFileSync(join(folder, "c.mjs"), "export default { timeouts: { drain: 2 } };");
    const place = async (name: string) => (await loadConfigFile(folder, name))?.place(["timeouts", "drain"]);
    assert.deepEqual(await Promise.all(["a.yaml", "b.json", "c.mjs"].map(place)), [
      "a.yaml:3:3",
      "b.json:3:5",
      "c.mjs",
    ]);
  });
});

interface Broken {
  readonly name: string;
  readonly source: string;
  readonly code?: ErrorCode;
  readonly message: RegExp;
}

const broken: Readonly<Record<string, Broken>> = {
  "JSON with a comma too many": { name: "a.json", source: '{\n  "port": 1,\n}', message: /^a\.json:3:1: Expected/ },
  "JSON with a bare word": {
    name: "a.json",
    source: '{\n  "port": x\n}',
    message: /^a\.json:2:11: Unexpected token 'x'$/,
  },
  "JSON with a comma too many in a list": {
    name: "a.json",
    source: '{\n "listen": [1,]\n}',
    message: /^a\.json:2:15: /,
  },
  "JSON that is cut off": { name: "a.json", source: '{\n  "port":', message: /^a\.json:2:10: Unexpected end/ },
  "empty JSON": { name: "a.json", source: "", message: /^a\.json:1:1: Unexpected end/ },
  "YAML with wrong indentation": { name: "a.yaml", source: "port: 1\n host: x\n", message: /^a\.yaml:1:7: / },
  "YAML with a key twice": { name: "a.yaml", source: "port: 1\nport: 2\n", message: /^a\.yaml:2:1: .*unique/ },
  "empty YAML": { name: "a.yaml", source: "", code: "CONFIG_INVALID", message: /expected an object.*got nothing/ },
  "a list": { name: "a.yaml", source: "- 1\n", code: "CONFIG_INVALID", message: /expected an object.*got an array/ },
  "a syntax error in a module": {
    name: "a.mjs",
    source: "const a = 1;\nexport default {,};\n",
    message: /^a\.mjs:2: SyntaxError: /,
  },
  "a syntax error in CommonJS": {
    name: "a.cjs",
    source: "const a = 1;\nmodule.exports = {,};\n",
    message: /^a\.cjs:2: SyntaxError: /,
  },
  "a syntax error in TypeScript": {
    name: "a.ts",
    source: "const a = 1;\nexport default {,};\n",
    message: /^a\.ts:2: SyntaxError: /,
  },
  "TypeScript that cannot be stripped": {
    name: "a.ts",
    source: "\nenum A { B }\nexport default {};\n",
    message: /^a\.ts:2: .*enum/,
  },
  "a module that throws": {
    name: "a.ts",
    source: "const a: number = 1;\nthrow new TypeError('boom');\n",
    message: /^a\.ts:2:7: TypeError: boom$/,
  },
  "a module that throws no error": { name: "a.mjs", source: "throw 'boom';\n", message: /^a\.mjs: thrown: boom$/ },
  "a module that throws nothing": { name: "a.mjs", source: "throw null;\n", message: /^a\.mjs: thrown: null$/ },
  "an import that leads nowhere": {
    name: "a.mjs",
    source: "import './b.mjs';\n",
    message: /^a\.mjs: .*Cannot find module .*b\.mjs/,
  },
  "a module without a default export": {
    name: "a.mjs",
    source: "export const port = 1;\n",
    code: "CONFIG_INVALID",
    message: /expected a default export, got port$/,
  },
  "a function": {
    name: "a.mjs",
    source: "export default () => ({});\n",
    code: "CONFIG_INVALID",
    message: /expected an object.*got a function/,
  },
  "another extension": { name: "a.toml", source: "port = 1\n", message: /^a\.toml: expected \.ts, .*, got \.toml$/ },
};

suite("a config file that is refused", () => {
  for (const [title, { name, source, code = "CONFIG_UNREADABLE", message }] of Object.entries(broken)) {
    test(title, async (t) => {
      const folder = temporaryFolder(t);
      writeFileSync(join(folder, name), source);
      await assert.rejects(loadConfigFile(folder, name), { code, message });
    });
  }

  for (const [name, source] of [
    ["drover.config.ts", 'import "node:fs";\nexport default {};\n'],
    ["drover.config.js", "export default {};\n"],
  ] as const) {
    test(`${name} with a module's syntax in a package of CommonJS says how to name it`, async (t) => {
      const folder = temporaryFolder(t);
      writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }');
      writeFileSync(join(folder, name), source);
      const hint = `Set "type": "module" in package.json, or name it ${name.replace("config.", "config.m")}.`;
      await assert.rejects(loadConfigFile(folder, name), { code: "CONFIG_UNREADABLE", hint });
    });
  }

  test("a missing one suggests the one that is there", async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "drover.config.yaml"), "");
    const hint = /Did you mean drover\.config\.yaml\?/;
    await assert.rejects(loadConfigFile(folder, "drover.config.yml"), { code: "CONFIG_UNREADABLE", hint });
  });

  test("a folder", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "a.json"));
    await assert.rejects(loadConfigFile(folder, "a.json"), { code: "CONFIG_UNREADABLE", message: /got a folder/ });
  });

  test("none, where the folder to look in cannot be read", async (t) => {
    const folder = join(temporaryFolder(t), "loop");
    symlinkSync(folder, folder);
    const expected = { code: "CONFIG_UNREADABLE", message: /readable folder at .*got ELOOP/, hint: /-c FILE/ };
    await assert.rejects(loadConfigFile(folder, undefined), expected);
  });

  test("two in one folder", async (t) => {
    const folder = temporaryFolder(t);
    for (const name of ["drover.config.ts", "drover.config.json"]) writeFileSync(join(folder, name), "");
    const message = /got drover\.config\.ts and drover\.config\.json/;
    await assert.rejects(loadConfigFile(folder, undefined), { code: "CONFIG_INVALID", message });
  });
});
