import { once } from "node:events";
import { AUTOPSY_CHANNEL, AUTOPSY_SOURCE, type Autopsy } from "../../protocol/autopsy.ts";

/**
 * Runs on top of whatever the event loop is stuck in: V8 takes the inspector's messages where it looks for interrupts, which it does in every turn of a loop, in
 * regular expressions and in Atomics.wait. A breakpoint (Debugger.pause) would wait for the next statement, which in the last two never comes.
 */
const QUESTION = `(() => {
  const answer = {};
  process.getBuiltinModule("node:diagnostics_channel").channel("${AUTOPSY_CHANNEL}").publish(answer);
  return JSON.stringify(answer);
})()
//# sourceURL=${AUTOPSY_SOURCE}`;

interface Target {
  readonly webSocketDebuggerUrl: string;
}

interface Reply {
  readonly result?: { readonly result?: { readonly value?: unknown } };
}

/** Where the inspector that listens there is talked to. Rejects when it is none, and when `until` aborts. */
export async function inspectorAt(port: number, until: AbortSignal): Promise<string> {
  const list = await fetch(`http://127.0.0.1:${port}/json/list`, { signal: until });
  const [target] = (await list.json()) as readonly Partial<Target>[];
  if (!target?.webSocketDebuggerUrl) throw new Error("nothing to be inspected");
  return target.webSocketDebuggerUrl;
}

/** Asks the process whose inspector listens there. Rejects when there is none, when it is another process's, and when `until` aborts. */
export async function askInspector(port: number, pid: number, until: AbortSignal): Promise<Autopsy> {
  const socket = new WebSocket(await inspectorAt(port, until));
  try {
    await once(socket, "open", { signal: until });
    socket.send(JSON.stringify({ id: 1, method: "Runtime.evaluate", params: { expression: QUESTION } }));
    const [reply] = (await once(socket, "message", { signal: until })) as [MessageEvent];
    const { result } = JSON.parse(String(reply.data)) as Reply;
    const answer = JSON.parse(String(result?.result?.value)) as Autopsy;
    if (answer.pid !== pid) throw new Error(`the inspector of process ${answer.pid}`);
    // It stays open: to close it would have Node say so in the app's log, and the process is about to end.
    return answer;
  } catch (error) {
    socket.close();
    throw error;
  }
}
