import assert from "node:assert/strict";
import { suite, test, type TestContext } from "node:test";
import type { UserConfig } from "../../src/config/config.ts";
import { AppError } from "../../src/errors.ts";
import { createSelfSigned } from "../support/certificates.ts";
import { temporaryFolder } from "../support/fixture.ts";
import { resolveIn, type Given } from "./resolve-in.ts";

/** As base64, without the lines of PEM around it. */
function bodyOf(key: string): string {
  return key.replaceAll(/-----.*-----|\s/g, "");
}

async function refused(t: TestContext, given: Given): Promise<string> {
  const error = await resolveIn(temporaryFolder(t), given).then(
    () => assert.fail("it was taken"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof AppError, String(error));
  return `${error.code} ${error.message} ${error.hint ?? ""}`;
}

const shapes: readonly (readonly [title: string, shape: (key: string) => string])[] = [
  ["in quotes", (key) => `"${key}"`],
  ["in quotes, with \\n for its line ends", (key) => `"${key.replaceAll("\n", "\\n")}"`],
  ["without its first and last line", (key) => key.replaceAll(/-----.*-----\n/g, "")],
  ["without them, with \\n for its line ends", (key) => key.replaceAll(/-----.*-----\n/g, "").replaceAll("\n", "\\n")],
  ["as base64 of its DER", bodyOf],
  ["as base64 of its PEM", (key) => Buffer.from(key).toString("base64")],
  ["after a long comment", (key) => `${"comment ".repeat(600)}${bodyOf(key)}`],
];

suite("a private key", () => {
  for (const [title, shape] of shapes)
    for (const [option, given] of [
      ["tls.key in a variable", (text: string): Given => ({ env: { DROVER_TLS_KEY: text } })],
      ["tls.key in start()", (text: string): Given => ({ inline: { tls: { key: text } } })],
      ["tls.cert", (text: string): Given => ({ env: { DROVER_TLS_CERT: text } })],
      ["tls.clientCa", (text: string): Given => ({ env: { DROVER_TLS_CLIENT_CA: text } })],
      ["tls.pfx", (text: string): Given => ({ env: { DROVER_TLS_PFX: text } })],
      ["tls.certificates", (text: string): Given => ({ file: { tls: { certificates: [{ cert: "c", key: text }] } } })],
      ["tls.certificates, alone", (text: string): Given => ({ file: { tls: { certificates: [text] } } })],
      ["tls", (text: string): Given => ({ inline: { tls: text } as unknown as UserConfig })],
    ] as const)
      test(`${title} is refused and not repeated: ${option}`, async (t) => {
        const { key } = await createSelfSigned();
        const said = await refused(t, given(shape(key)));
        assert.match(said, /^CONFIG_INVALID /);
        const body = bodyOf(key);
        for (let at = 0; at + 8 <= body.length; at += 4) assert.ok(!said.includes(body.slice(at, at + 8)), said);
        assert.ok(!said.includes("LS0tLS1"), said);
        assert.ok(said.length < 500, said);
      });

  test("is said to be no PEM", async (t) => {
    const { key } = await createSelfSigned();
    assert.match(
      await refused(t, { env: { DROVER_TLS_KEY: `"${key}"` } }),
      /^CONFIG_INVALID env DROVER_TLS_KEY: expected a private key in PEM, as text or as a path, got text that is not PEM /,
    );
  });
});

suite("what is secret is in no message", () => {
  const rows: readonly (readonly [title: string, given: Given, says: RegExp])[] = [
    ["a passphrase that is a number", { inline: tls({ passphrase: 31337 }) }, /expected a passphrase, got a number$/],
    ["one of a list", { inline: tls({ passphrase: ["31337"] }) }, /expected a passphrase, got an array$/],
    ["one of blanks", { inline: tls({ passphrase: "   " }) }, /expected a passphrase, got an empty text$/],
    ["a key that is a number", { inline: tls({ key: 31337 }) }, /expected a private key in PEM.*, got a number$/],
    ["certificates that are a text", { inline: tls({ certificates: "31337" }) }, /expected a list .*, got a text$/],
    [
      "the passphrase of one of them",
      { inline: tls({ certificates: [{ cert: "c", key: "k", passphrase: 31337 }] }) },
      /\(number 1 is not\), got an object$/,
    ],
    ["an account's key", { inline: tls({ acme: { macKey: 31337 } }) }, /expected a key in base64url, got a number$/],
    ["a store", { inline: { store: 31337 } as unknown as UserConfig }, /expected "embedded" or .*, got a number$/],
  ];

  for (const [title, given, says] of rows)
    test(title, async (t) => {
      const said = (await refused(t, given)).replace(/ Leave it out.*$/, "");
      assert.match(said, says);
      assert.doesNotMatch(said, /31337/);
    });
});

function tls(options: object): UserConfig {
  return { tls: options };
}
