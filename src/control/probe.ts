import { once } from "node:events";
import { connect } from "node:net";

/**
 * Whether a process listens on this socket. One that is stopped or busy does, too: the kernel answers for it.
 * Throws what else stands in the way, such as EACCES.
 */
export async function isLive(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ECONNREFUSED") return false;
    // Its queue is full, so there is one.
    if (code === "EAGAIN") return true;
    // It closed while we connected: by now it has gone.
    if (code === "ECONNRESET") return await isLive(path);
    throw error;
  } finally {
    socket.destroy();
  }
}
