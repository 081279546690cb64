/** Says how far a long run is: one line that is rewritten on a terminal, plain lines otherwise. On stderr; results go to stdout. */
export function progress(total: number): (step: string) => void {
  let done = 0;
  return (step) => {
    done += 1;
    const line = `[${done}/${total}] ${step}`;
    if (!process.stderr.isTTY) process.stderr.write(`${line}\n`);
    else process.stderr.write(`\r\u001B[2K${line}${done === total ? "\n" : ""}`);
  };
}
