import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { createApp } from "../../examples/express-ts/app.ts";

async function serve(t: TestContext): Promise<string> {
  const server = createApp("a secret of the tests").listen(0, "127.0.0.1");
  const { promise, resolve } = Promise.withResolvers<void>();
  server.once("listening", resolve);
  await promise;
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const send = (method: string, url: string, body: string, cookie = ""): Promise<Response> =>
  fetch(url, { method, headers: { "Content-Type": "application/json", cookie }, body });
const post = (url: string, body: string): Promise<Response> => send("POST", url, body);

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

test("creates, lists, reads, renames and deletes a user", async (t) => {
  const url = await serve(t);
  const created = await post(`${url}/users`, `{ "name": "  Ada " }`);
  assert.equal(created.status, 201);
  const user = (await created.json()) as { id: number; name: string };
  assert.equal(user.name, "Ada");
  const location = created.headers.get("location") ?? "";
  assert.equal(location, `/users/${user.id}`);
  assert.deepEqual(await (await fetch(`${url}/users`)).json(), [user]);
  assert.deepEqual(await (await fetch(url + location)).json(), user);
  const renamed = { ...user, name: "Ada Lovelace" };
  assert.deepEqual(await (await send("PUT", url + location, JSON.stringify(renamed))).json(), renamed);
  assert.deepEqual(await (await fetch(url + location)).json(), renamed);
  assert.equal((await fetch(url + location, { method: "DELETE" })).status, 204);
  for (const method of ["GET", "DELETE"]) assert.equal((await fetch(url + location, { method })).status, 404);
  assert.equal((await send("PUT", url + location, JSON.stringify(renamed))).status, 404);
  assert.deepEqual(await (await fetch(`${url}/users`)).json(), []);
});

test("lists users in the order in which they came", async (t) => {
  const url = await serve(t);
  const names = Array.from({ length: 12 }, (_, index) => `user ${index}`);
  for (const name of names) await post(`${url}/users`, JSON.stringify({ name }));
  const users = (await (await fetch(`${url}/users`)).json()) as { id: number; name: string }[];
  assert.deepEqual(
    users.map(({ name }) => name),
    names,
  );
  for (const { id } of users) await fetch(`${url}/users/${id}`, { method: "DELETE" });
});

for (const id of ["ada", "-1", "1.5", "9".repeat(600)]) {
  test(`knows no user ${id.slice(0, 20)}`, async (t) => {
    const response = await fetch(`${await serve(t)}/users/${id}`);
    assert.equal(response.status, 404);
    assert.deepEqual(await response.json(), { error: "no such user" });
  });
}

for (const [title, body] of [
  ["no name", "{}"],
  ["a name that is no text", `{ "name": 7 }`],
  ["an empty name", `{ "name": " " }`],
  ["a name of 81 characters", JSON.stringify({ name: "x".repeat(81) })],
  ["a body that is not JSON", "{"],
] as const) {
  test(`refuses a user and a login with ${title}`, async (t) => {
    const url = await serve(t);
    for (const path of ["users", "login"]) assert.equal((await post(`${url}/${path}`, body)).status, 400);
  });
}

const whoAmI = async (url: string, cookie: string): Promise<unknown> =>
  (await fetch(`${url}/login`, { headers: { cookie } })).json();
const cookieOf = (response: Response): string => response.headers.get("set-cookie")?.split(";")[0] ?? "";

test("knows who has logged in until the logout, by a cookie that scripts and other sites cannot use", async (t) => {
  const url = await serve(t);
  const login = await post(`${url}/login`, `{ "name": "Ada" }`);
  assert.equal(login.status, 200);
  assert.match(login.headers.get("set-cookie") ?? "", /; HttpOnly; SameSite=Lax$/);
  const cookie = cookieOf(login);
  assert.deepEqual(await whoAmI(url, cookie), { name: "Ada" });
  assert.equal((await fetch(`${url}/login`, { method: "DELETE", headers: { cookie } })).status, 204);
  assert.deepEqual(await whoAmI(url, cookie), { name: null });
});

test("gives each login an id of its own", async (t) => {
  const url = await serve(t);
  const before = cookieOf(await post(`${url}/login`, `{ "name": "Mallory" }`));
  const after = cookieOf(await send("POST", `${url}/login`, `{ "name": "Ada" }`, before));
  assert.notEqual(after, before);
  assert.deepEqual([await whoAmI(url, before), await whoAmI(url, after)], [{ name: null }, { name: "Ada" }]);
});

test("keeps no session for somebody who has not logged in", async (t) => {
  const response = await fetch(`${await serve(t)}/login`);
  assert.deepEqual(await response.json(), { name: null });
  assert.equal(response.headers.get("set-cookie"), null);
});

test("does not kill a process that nobody would replace", async (t) => {
  const response = await fetch(`${await serve(t)}/worker`, { method: "DELETE" });
  assert.equal(response.status, 409);
});
