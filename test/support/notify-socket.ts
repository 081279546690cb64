import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryFolder } from "./fixture.ts";
import { until } from "./wait.ts";

/** Prints each datagram as one line, as JSON has no need to be: assignments hold no control characters. */
const RECEIVER = String.raw`
use strict; use Socket; $| = 1;
socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die $!;
bind($socket, sockaddr_un($ARGV[0])) or die $!;
print "up\n";
while (defined recv($socket, my $message, 65536, 0)) { $message =~ s/\n/\t/g; print "$message\n"; }
`;

export interface NotifySocket {
  /** For NOTIFY_SOCKET. */
  readonly path: string;
  /** What came, message by message, without systemd-notify's own barriers. */
  messages(): readonly Readonly<Record<string, string>>[];
  /** The first message from the `from`th on with this assignment, come already or still to come. */
  find(assignment: string, from?: number): Promise<Readonly<Record<string, string>>>;
}

/** Listens as systemd does, until the test's end. In Perl, which every Debian has: Node has no unix datagram sockets. */
export async function openNotifySocket(t: TestContext): Promise<NotifySocket> {
  const path = join(temporaryFolder(t), "notify");
  const receiver = spawn("perl", ["-e", RECEIVER, path], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(async () => {
    receiver.kill();
    await once(receiver, "exit");
  });
  let text = "";
  receiver.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await until(() => text.startsWith("up\n"), "the notify socket");

  const messages = (): Record<string, string>[] =>
    text
      .split("\n")
      .slice(1, -1)
      .map((line) => Object.fromEntries(line.split("\t").map(split)))
      .filter((message) => !("BARRIER" in message));
  return {
    path,
    messages,
    find: (assignment, from = 0) => {
      const [name, value] = split(assignment);
      const found = () =>
        messages()
          .slice(from)
          .find((message) => message[name] === value);
      return until(found, `${assignment}, got ${JSON.stringify(messages())}`);
    },
  };
}

function split(assignment: string): [string, string] {
  const at = assignment.indexOf("=");
  return [assignment.slice(0, at), assignment.slice(at + 1)];
}
