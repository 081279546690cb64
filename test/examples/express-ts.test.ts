import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { createApp } from "../../examples/express-ts/app.ts";

async function serve(t: TestContext): Promise<string> {
  const server = createApp().listen(0, "127.0.0.1");
  const { promise, resolve } = Promise.withResolvers<void>();
  server.once("listening", resolve);
  await promise;
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const post = (url: string, body: string): Promise<Response> =>
  fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body });

test("serves the page with its style and script", async (t) => {
  const url = await serve(t);
  for (const [path, type, part] of [
    ["/", "text/html", "Who answered?"],
    ["/style.css", "text/css", "prefers-color-scheme"],
    ["/page.js", "text/javascript", "fetch("],
  ] as const) {
    const response = await fetch(url + path);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", new RegExp(type));
    assert.ok((await response.text()).includes(part));
  }
});

test("names the process that answered and ends the connection", async (t) => {
  const response = await fetch(`${await serve(t)}/worker`);
  assert.deepEqual(await response.json(), { slot: null, pid: process.pid });
  assert.equal(response.headers.get("x-pid"), String(process.pid));
  assert.equal(response.headers.get("connection"), "close");
});

test("counts visits of the page in a cookie", async (t) => {
  const url = await serve(t);
  const first = await fetch(url);
  assert.match(first.headers.get("set-cookie") ?? "", /^visits=1;.*HttpOnly/);
  const second = await fetch(url, { headers: { cookie: "theme=dark; visits=41" } });
  assert.match(second.headers.get("set-cookie") ?? "", /^visits=42;/);
  const read = await fetch(`${url}/visits`, { headers: { cookie: "visits=42" } });
  assert.deepEqual(await read.json(), { visits: 42 });
  assert.equal(read.headers.get("set-cookie"), null);
});

test("creates, lists, reads and deletes a user", async (t) => {
  const url = await serve(t);
  const created = await post(`${url}/users`, `{ "name": "  Ada " }`);
  assert.equal(created.status, 201);
  const user = (await created.json()) as { id: string; name: string };
  assert.equal(user.name, "Ada");
  const location = created.headers.get("location") ?? "";
  assert.equal(location, `/users/${user.id}`);
  assert.deepEqual(await (await fetch(`${url}/users`)).json(), [user]);
  assert.deepEqual(await (await fetch(url + location)).json(), user);
  assert.equal((await fetch(url + location, { method: "DELETE" })).status, 204);
  assert.equal((await fetch(url + location)).status, 404);
  assert.equal((await fetch(url + location, { method: "DELETE" })).status, 404);
  assert.deepEqual(await (await fetch(`${url}/users`)).json(), []);
});

for (const [title, body] of [
  ["no name", "{}"],
  ["a name that is no text", `{ "name": 7 }`],
  ["an empty name", `{ "name": " " }`],
  ["a name of 81 characters", JSON.stringify({ name: "x".repeat(81) })],
  ["a body that is not JSON", "{"],
] as const) {
  test(`refuses a user with ${title}`, async (t) => {
    assert.equal((await post(`${await serve(t)}/users`, body)).status, 400);
  });
}

test("does not kill a process that nobody would replace", async (t) => {
  const response = await fetch(`${await serve(t)}/worker`, { method: "DELETE" });
  assert.equal(response.status, 409);
});
