import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A port on 127.0.0.1 that somebody listens on, by the number of its socket. */
export type LoopbackPorts = ReadonlyMap<string, number>;

/** 127.0.0.1 as the kernel writes it, on a machine of either byte order. */
const LOOPBACK = new Set(["0100007F", "7F000001"]);
const LISTENING = "0A";

/** All of the machine, or of the process's part of it. @throws where there is no /proc */
export function loopbackPorts(pid: number): LoopbackPorts {
  const ports = new Map<string, number>();
  for (const row of readFileSync(`/proc/${pid}/net/tcp`, "utf8").split("\n").slice(1)) {
    const [, local = "", , state, , , , , , inode = ""] = row.trim().split(/\s+/);
    const [host = "", port = ""] = local.split(":");
    if (state === LISTENING && LOOPBACK.has(host)) ports.set(inode, Number.parseInt(port, 16));
  }
  return ports;
}

/** Those the process has opened since `before`. Of a process of another user nobody may tell what it has opened: then all that are new. */
export function openedSince(pid: number, before: LoopbackPorts): readonly number[] {
  const fresh = [...loopbackPorts(pid)].filter(([inode]) => !before.has(inode));
  // Looked at only now, since it takes a call for each of its connections.
  const own = fresh.length === 0 ? null : socketsOf(pid);
  return fresh.flatMap(([inode, port]) => (own?.has(inode) === false ? [] : [port]));
}

/** Those the process listens on and we do not, which share the app's listeners with it. None, where nobody may tell. */
export function ownPorts(pid: number): readonly number[] {
  const own = socketsOf(pid);
  if (own === null) return [];
  const ours = socketsOf(process.pid);
  return [...loopbackPorts(pid)].flatMap(([inode, port]) => (own.has(inode) && !ours?.has(inode) ? [port] : []));
}

function socketsOf(pid: number): ReadonlySet<string> | null {
  const folder = `/proc/${pid}/fd`;
  try {
    return new Set(readdirSync(folder).flatMap((fd) => inodeOf(`${folder}/${fd}`) ?? []));
  } catch {
    return null;
  }
}

function inodeOf(link: string): string | null {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1] ?? null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    // Closed meanwhile.
    return null;
  }
}
