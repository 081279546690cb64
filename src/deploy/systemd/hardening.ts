import { word } from "./quote.ts";
import type { Service } from "./service.ts";
import type { Line } from "./unit.ts";

const HOMES = ["/home", "/root", "/run/user"];
const TEMPORARY = ["/tmp", "/var/tmp"];

/** What a root primary does to its workers, and to files that are not its own. */
const OF_ROOT = "CAP_SETUID CAP_SETGID CAP_KILL CAP_CHOWN CAP_FOWNER CAP_DAC_OVERRIDE CAP_NET_BIND_SERVICE";

const FOR_ROOT = "What it takes to bind ports, read keys and run workers as another user.";

/** All that an app on V8 can do without. */
export function hardening(service: Service): readonly Line[] {
  const { account, writable, bindsLowPorts } = service;
  const isRoot = account.kind === "root";
  const capabilities = bindsLowPorts ? "CAP_NET_BIND_SERVICE" : "";
  return [
    [
      "ProtectSystem",
      "strict",
      "The disk is read-only, but for the folders above and these. Name only what the app writes to.",
    ],
    ["ReadWritePaths", writable.length === 0 ? null : writable.map(word).join(" ")],
    ["ProtectHome", isIn(service, HOMES) ? "read-only" : "yes"],
    ["PrivateTmp", isIn(service, TEMPORARY) ? "no" : "yes"],
    ["PrivateDevices", "yes"],
    ["ProtectClock", "yes"],
    ["ProtectHostname", "yes"],
    ["ProtectKernelLogs", "yes"],
    ["ProtectKernelModules", "yes"],
    ["ProtectKernelTunables", "yes"],
    ["ProtectControlGroups", "yes", "Read-only: Drover reads there how many CPUs it has."],
    // A worker's process is another user's than a root primary, which could not see it.
    ["ProtectProc", isRoot ? null : "invisible", "Not ProcSubset=pid: os.cpus() would be empty."],
    ["NoNewPrivileges", "yes"],
    ["CapabilityBoundingSet", isRoot ? OF_ROOT : capabilities, isRoot ? FOR_ROOT : ""],
    ["AmbientCapabilities", isRoot ? null : capabilities],
    ["RestrictNamespaces", "yes"],
    ["RestrictRealtime", "yes"],
    ["RestrictSUIDSGID", "yes"],
    ["LockPersonality", "yes"],
    [
      "RestrictAddressFamilies",
      "AF_UNIX AF_INET AF_INET6 AF_NETLINK",
      "AF_NETLINK: os.networkInterfaces() asks by it.",
    ],
    ["SystemCallArchitectures", "native"],
    // V8 may guard its code by memory protection keys, which not every version of systemd counts among the rest.
    ["SystemCallFilter", "@system-service @pkey", "Not MemoryDenyWriteExecute=: V8 writes machine code and runs it."],
    ["SystemCallFilter", isRoot ? null : "~@privileged @resources"],
    ["SystemCallErrorNumber", "EPERM", "What is refused fails, and does not kill."],
    ["UMask", "0027"],
  ];
}

function isIn({ folder, command, needed, writable }: Service, roots: readonly string[]): boolean {
  const used = [folder, ...command, ...needed, ...writable];
  return used.some((path) => roots.some((root) => path === root || path.startsWith(`${root}/`)));
}
