import { bytesReader, httpReaders, type Reader } from "./answers.ts";
import type { LoadPlan } from "./plan.ts";

/** What is said on a connection. */
export interface Talk {
  /** Said once, when it has been opened; answered by a head alone. */
  readonly greeting: Buffer | null;
  readonly request: Buffer;
  readonly newReader: () => Reader;
  /** The next request goes over the same connection. */
  readonly stays: boolean;
}

export function talkOf(plan: LoadPlan): Talk {
  return plan.mode === "websocket" ? webSocketTalk(plan.body ?? 0) : httpTalk(plan);
}

function httpTalk({ mode, body, answer }: LoadPlan): Talk {
  const stays = mode !== "connection";
  const lines = [`${body === undefined ? "GET" : "POST"} / HTTP/1.1`, "Host: bench"];
  if (!stays) lines.push("Connection: close");
  if (body !== undefined) lines.push("Content-Type: application/octet-stream", `Content-Length: ${body}`);
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
  const request = Buffer.concat([head, Buffer.alloc(body ?? 0, "x")]);
  return { greeting: null, request, newReader: httpReaders(answer), stays };
}

const FINAL_BINARY = 0x82;
const LENGTH_OF_16_BITS = 126;
const MASKED = 0x80;

/** Messages of 126 to 65535 bytes, all with one mask: that they are read again is what counts. */
function webSocketTalk(bytes: number): Talk {
  const frame = (mask: number): Buffer => {
    const head = Buffer.from([FINAL_BINARY, mask | LENGTH_OF_16_BITS, 0, 0]);
    head.writeUInt16BE(bytes, 2);
    return head;
  };
  const message = Buffer.alloc(bytes, "echo");
  const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
  const masked = message.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  const upgrade = ["GET / HTTP/1.1", "Host: bench", "Connection: Upgrade", "Upgrade: websocket"];
  const key = ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];
  return {
    greeting: Buffer.from(`${[...upgrade, ...key].join("\r\n")}\r\n\r\n`),
    request: Buffer.concat([frame(MASKED), mask, masked]),
    newReader: () => bytesReader(Buffer.concat([frame(0), message])),
    stays: true,
  };
}
