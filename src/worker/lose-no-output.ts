/** A pipe is asynchronous in Node: what was written right before a crash would be lost. */
export function loseNoOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const { _handle } = stream as unknown as { _handle?: { setBlocking?(on: boolean): void } };
    if (!stream.isTTY) _handle?.setBlocking?.(true);
    // A worker that outlives the primary has nobody to write to.
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}
