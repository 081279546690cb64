import { spawn } from "node:child_process";
import { once } from "node:events";

/** Leaves a socket file behind, as a server does that is killed. */
export async function leaveStaleSocket(path: string): Promise<void> {
  const program = "require('node:net').createServer().listen(process.argv[1], () => console.log('up'))";
  const child = spawn(process.execPath, ["-e", program, path], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
}
