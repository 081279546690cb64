import { constants, open, stat } from "node:fs/promises";

/** A network file system that is away answers nobody, and for as long as it likes. Milliseconds. */
const PATIENCE = 10_000;

/**
 * The content of a regular file.
 * @throws NodeJS.ErrnoException EISDIR for a folder, ENXIO for pipes and devices, ETIMEDOUT
 */
export async function readRegularFile(path: string): Promise<Buffer> {
  return await inTime(PATIENCE, read(path));
}

/** Its permissions; 0 where nobody can tell. */
export async function modeOf(path: string): Promise<number> {
  return await inTime(PATIENCE, stat(path)).then(
    ({ mode }) => mode,
    () => 0,
  );
}

/** What comes too late is dropped. */
export async function inTime<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(systemError("ETIMEDOUT")), ms).unref();
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function read(path: string): Promise<Buffer> {
  // A pipe that nobody writes to would keep a thread of Node's waiting, and the process with it.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw systemError(stats.isDirectory() ? "EISDIR" : "ENXIO");
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}
