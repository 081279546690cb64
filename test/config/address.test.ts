import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseAddress, type WrittenAddress } from "../../src/config/address.ts";

const rows: readonly (readonly [written: string, read: WrittenAddress | null])[] = [
  ["3000", { kind: "tcp", host: null, port: 3000 }],
  [":3000", { kind: "tcp", host: null, port: 3000 }],
  ["*:3000", { kind: "tcp", host: null, port: 3000 }],
  ["0", { kind: "tcp", host: null, port: 0 }],
  ["127.0.0.1:3000", { kind: "tcp", host: "127.0.0.1", port: 3000 }],
  ["localhost:3000", { kind: "tcp", host: "localhost", port: 3000 }],
  ["[::1]:3000", { kind: "tcp", host: "::1", port: 3000 }],
  ["[::]:65535", { kind: "tcp", host: "::", port: 65_535 }],
  ["unix:/run/web.sock", { kind: "unix", path: "/run/web.sock" }],
  ["unix:web.sock", { kind: "unix", path: "web.sock" }],
  ["65536", null],
  ["127.0.0.1:70000", null],
  ["127.0.0.1", null],
  ["127.0.0.1:", null],
  ["::1:3000", null],
  ["[localhost]:3000", null],
  ["http://localhost:3000", null],
  ["/run/web.sock", null],
  ["unix:", null],
  ["unix:/run/", null],
  ["3000 ", null],
  ["", null],
];

suite("an address as a user writes it", () => {
  for (const [written, read] of rows) {
    test(`${read === null ? "refuses" : "reads"} ${JSON.stringify(written)}`, () => {
      assert.deepEqual(parseAddress(written), read);
    });
  }
});
