import assert from "node:assert/strict";
import { test } from "node:test";
import { findByName } from "../../../src/server/tls/find-by-name.ts";

const table = new Map(
  ["example.com", "*.example.com", "api.example.com", "127.0.0.1", "*.0.0.1", "localhost"].map((name) => [name, name]),
);

const rows: readonly (readonly [title: string, asked: string, found: string | undefined])[] = [
  ["by its name", "example.com", "example.com"],
  ["by its name in any case", "Example.COM", "example.com"],
  ["with a dot at its end", "example.com.", "example.com"],
  ["by a wildcard for one label", "www.example.com", "*.example.com"],
  ["by its name rather than by a wildcard", "api.example.com", "api.example.com"],
  ["by its name of one label", "localhost", "localhost"],
  ["not by a wildcard for two labels", "a.b.example.com", undefined],
  ["not by a name within it", "badexample.com", undefined],
  ["not when nobody knows it", "example.org", undefined],
  ["not without a name", "", undefined],
  ["not with a dot alone", ".", undefined],
  ["not by an IPv4 address", "127.0.0.1", undefined],
  ["not by an IPv6 address", "::1", undefined],
];

for (const [title, asked, found] of rows) {
  test(`a certificate is found ${title}`, () => assert.equal(findByName(table, asked), found));
}
