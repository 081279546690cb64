/**
 * Gives the app a `Response` that makes a native one only for what it cannot do itself, such as reading its own body. Making Node's takes half as long as
 * all the rest of an answer, HTTP/2 and TLS included. Hono's adapter for Node puts one of its own there, so apps of Hono are made for it. What has been put
 * there already stays.
 */
export async function lightenResponses(): Promise<void> {
  if (globalThis.Response.name !== "Response") return;
  const { FastResponse } = await import("srvx/node");
  Object.assign(globalThis, { Response: FastResponse });
}
