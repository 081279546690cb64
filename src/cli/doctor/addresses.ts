import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { parseAddress, type WrittenAddress } from "../../config/address.ts";
import type { Config, Resolved } from "../../config/config.ts";
import { spotsOf } from "../../config/per-slot.ts";
import { speaksTls } from "../../config/tls.ts";
import type { Check } from "./checks.ts";

/** Whether each address can be bound. It is bound for a moment to find out. */
export async function checkAddresses(config: Config): Promise<readonly Check[]> {
  const { listen, host, port } = config;
  if (listen === false) return [{ name: "address", state: "ok", message: "none: a background worker" }];
  const written = listen.map(parseAddress).filter((address) => address !== null);
  const asked: readonly WrittenAddress[] = written.length > 0 ? written : [{ kind: "tcp", host, port }];
  const addresses = asked.flatMap((address) => spotsOf(address, config));
  return await Promise.all(
    addresses.map((address) =>
      address.kind === "unix" ? checkFolder(address.path) : checkPort(address.host, address.port),
    ),
  );
}

/** Whether plain HTTP can be redirected. What comes with ACME by itself, ACME can do without. */
export async function checkRedirects({ config: { tls, listen }, origins }: Resolved): Promise<readonly Check[]> {
  if (tls.redirect === false || listen === false || !speaksTls(tls)) return [];
  const isAsked = !(origins["tls.redirect"] ?? "default").startsWith("default") || tls.acme.challenge === "http-01";
  const written = tls.redirect.map(parseAddress).filter((address) => address !== null);
  const checks = await Promise.all(
    written.map((address) =>
      address.kind === "unix" ? checkFolder(address.path) : checkPort(address.host, address.port, "redirect"),
    ),
  );
  return checks.map((check) =>
    check.state === "problem" && !isAsked ? { ...check, state: "warning", fix: WITHOUT } : check,
  );
}

const WITHOUT =
  "Plain HTTP is not redirected then, and names are proved at port 443 (tls-alpn-01). --tls-redirect names another.";

async function checkPort(host: string | null, port: number, name = "address"): Promise<Check> {
  const shown = `port ${port}${host === null ? "" : ` of ${host}`}`;
  if (port === 0) return { name, state: "ok", message: "any free port" };
  const code = await bindError(host, port);
  if (code === null) return { name, state: "ok", message: `${shown} is free` };
  if (code === "EADDRINUSE")
    return {
      name,
      state: "problem",
      message: `${shown} is taken`,
      fix: "Stop what listens there, or choose another with --port.",
    };
  if (code === "EACCES") {
    const fix = "Ports below 1024 need root (then set --user for the workers) or CAP_NET_BIND_SERVICE.";
    return { name, state: "problem", message: `${shown} is not allowed to this user`, fix };
  }
  return {
    name,
    state: "problem",
    message: `${shown} cannot be bound: ${code}`,
    fix: "Check --host: it must be an address of this machine.",
  };
}

async function bindError(host: string | null, port: number): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const server = createServer((socket) => socket.destroy());
  server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  server.listen({ port, exclusive: true, ...(host !== null && { host }) }, () => server.close(() => resolve(null)));
  return await promise;
}

async function checkFolder(path: string): Promise<Check> {
  const folder = dirname(path);
  const allowed = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (allowed) return { name: "address", state: "ok", message: `${path} can be created` };
  return {
    name: "address",
    state: "problem",
    message: `${folder} is no folder this user may write to`,
    fix: "Create it, or choose another path with --listen.",
  };
}
