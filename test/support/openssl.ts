import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { within } from "./wait.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/** What `openssl s_client` says of a connection on which it asks for `/` over HTTP/1.1: its own words and the answer. */
export async function clientSays(port: number, ...args: readonly string[]): Promise<string> {
  const address = ["-connect", `127.0.0.1:${port}`, "-servername", "localhost"];
  const child = spawn("openssl", ["s_client", ...address, "-ign_eof", ...args], { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => undefined).end(REQUEST);
  const said = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  const [stdout, stderr] = await within(said, "the end of openssl");
  return stdout + stderr;
}
