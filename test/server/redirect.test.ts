import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { answerTo, createRedirect, type RedirectFacts } from "../../src/server/redirect.ts";

const facts: RedirectFacts = { http01: { abc: "abc.thumbprint", empty: "" }, port: 443 };

type Row = readonly [title: string, url: string, host: string | undefined, expected: string];

const rows: readonly Row[] = [
  ["a path", "/a?b=c", "example.com", "308 https://example.com/a?b=c"],
  ["a host with a port, which is that of plain HTTP", "/", "example.com:80", "308 https://example.com/"],
  ["an IPv4 address", "/", "127.0.0.1:8080", "308 https://127.0.0.1/"],
  ["an IPv6 address", "/", "[::1]:8080", "308 https://[::1]/"],
  ["a name with a dot at its end", "/", "example.com.", "308 https://example.com./"],
  ["a path with two slashes", "//evil.test/a", "example.com", "308 https://example.com//evil.test/a"],
  ["an address inside of the path", "/https://evil.test", "example.com", "308 https://example.com/https://evil.test"],
  ["a URL with its host, which counts", "http://example.com/a?b", "evil.test", "308 https://example.com/a?b"],
  ["a URL without a path", "http://example.com?b", undefined, "308 https://example.com/?b"],
  ["bytes that are no ASCII", "/caf\u00e9", "example.com", "308 https://example.com/caf%E9"],
  ["no host", "/", undefined, "400"],
  ["an empty host", "/", "", "400"],
  ["a host with a user", "/", "user@evil.test", "400"],
  ["a URL with a user", "http://user@evil.test/", "example.com", "400"],
  ["a host with a path", "/", "evil.test/", "400"],
  ["a host with a space", "/", "a b", "400"],
  ["a host with a backslash", "/", "evil.test\\example.com", "400"],
  ["a host with a port that is none", "/", "example.com:http", "400"],
  ["two hosts", "/", "a.test, b.test", "400"],
  ["a question for all of the server", "*", "example.com", "400"],
  ["a challenge", "/.well-known/acme-challenge/abc", "example.com", "200 abc.thumbprint"],
  ["a challenge without a host", "/.well-known/acme-challenge/abc", undefined, "200 abc.thumbprint"],
  ["a challenge with its host", "http://a.test/.well-known/acme-challenge/abc", "a.test", "200 abc.thumbprint"],
  [
    "a challenge that somebody else answers",
    "/.well-known/acme-challenge/abd",
    "example.com",
    "308 https://example.com/.well-known/acme-challenge/abd",
  ],
  [
    "a challenge by a name that all objects know",
    "/.well-known/acme-challenge/toString",
    "example.com",
    "308 https://example.com/.well-known/acme-challenge/toString",
  ],
];

for (const [title, url, host, expected] of rows) {
  test(`plain HTTP answers ${title} with ${expected.split(" ", 1)[0]}`, () => {
    const { status, location, body } = answerTo({ method: "GET", url, headers: { host } }, facts);
    const shown = status === 308 ? `308 ${location}` : status === 200 ? `200 ${body}` : String(status);
    assert.equal(shown, expected);
  });
}

test("plain HTTP is sent to the port where HTTPS is", () => {
  const { location } = answerTo({ url: "/a", headers: { host: "example.com:8080" } }, { ...facts, port: 8443 });
  assert.equal(location, "https://example.com:8443/a");
});

async function ask(t: TestContext, request: string): Promise<string> {
  const server = createRedirect(() => facts).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").end(request);
  return text(socket);
}

test("any method is redirected, and the connection ends", async (t) => {
  const answer = await ask(t, "POST /a HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello");
  assert.match(answer, /^HTTP\/1\.1 308 Permanent Redirect\r\n/);
  assert.match(answer, /\r\nLocation: https:\/\/example\.com\/a\r\n/);
  assert.match(answer, /\r\nConnection: close\r\n/);
});

test("the answer to HEAD has no body", async (t) => {
  const answer = await ask(t, "HEAD / HTTP/1.1\r\nHost: example.com\r\n\r\n");
  assert.match(answer, /\r\n\r\n$/);
});

test("a client of HTTP/1.0 that names no host gets 400", async (t) => {
  assert.match(await ask(t, "GET / HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 400 Bad Request\r\n/);
});

test("a challenge is plain text", async (t) => {
  const answer = await ask(t, "GET /.well-known/acme-challenge/abc HTTP/1.1\r\nHost: example.com\r\n\r\n");
  assert.match(answer, /\r\nContent-Type: text\/plain; charset=utf-8\r\n/);
  assert.match(answer, /\r\n\r\nabc\.thumbprint$/);
});
