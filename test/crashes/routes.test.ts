import assert from "node:assert/strict";
import { test } from "node:test";
import { routeOf, routesOf } from "../../src/crashes/routes.ts";

const rows = [
  ["/", "/"],
  ["/users", "/users"],
  ["/users/7", "/users/:n"],
  ["/users/7/orders/12", "/users/:n/orders/:n"],
  ["/files/0b0e7a52-0c6f-4b57-9b54-1f1a6c1f2a11", "/files/:id"],
  ["/commit/9fceb02d0ae598e95dc970b74767f19372d61af8", "/commit/:id"],
  ["/o/507f1f77bcf86cd799439011", "/o/:id"],
  ["/reset/eyJhbGciOiJIUzI1NiJ9.e30.abc123", "/reset/:id"],
  ["/v2/items", "/v2/items"],
  ["/report-2026.pdf", "/report-:n.pdf"],
  ["/facade/deadbeef", "/facade/deadbeef"],
  ["/a/b/c/d/e/f/g/h/i/j", "/a/b/c/d/e/f/g/h/…"],
  ["*", "*"],
] as const;

for (const [path, route] of rows) {
  test(`GET ${path} is GET ${route}`, () => assert.equal(routeOf({ method: "GET", path }), `GET ${route}`));
}

test("a method that is none is no route's name", () => {
  assert.equal(routeOf({ method: "\u001B[2J", path: "/" }), "? /");
});

test("each route is named once", () => {
  const requests = [1, 2].map((id) => ({ method: "GET", path: `/users/${id}` }));
  assert.deepEqual(routesOf(requests), ["GET /users/:n"]);
});
