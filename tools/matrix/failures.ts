interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    readonly file?: string;
    readonly line?: number;
    readonly details?: {
      readonly type?: string;
      readonly error?: { readonly cause?: unknown; readonly message?: string };
    };
  };
}

/** A reporter of node:test that names the tests that failed, and why, and nothing else: the last thing a long log should say. */
export default async function* failures(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== "test:fail" || data.details?.type === "suite") continue;
    const { error } = data.details ?? {};
    const cause = error?.cause instanceof Error ? error.cause : error;
    yield `  ✖ ${data.name} (${data.file}:${data.line})\n      ${cause?.message?.split("\n").slice(0, 12).join("\n      ")}\n`;
  }
}
