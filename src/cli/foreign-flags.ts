/** Flags that people bring from pm2 and Node, and what serves their purpose here. */
const FOREIGN: readonly (readonly [flag: RegExp, hint: (written: string) => string])[] = [
  [/^(-i\w*|--instances)(=|$)/, () => "For N workers write -w N; without it there is one per CPU."],
  [/^--(daemon|background)$/, () => "To run the app in the background write -d."],
  [/^--max-memory-restart(=|$)/, () => "To recycle workers by their memory write --recycle-memory 300MiB."],
  [/^--max-requests(=|$)/, () => "To recycle workers after so many requests write --recycle-requests 10000."],
  [
    /^--inspect/,
    (written) =>
      `Options of Node go to the workers: --node-options "${written}" -w 1 (they cannot share an inspector's port).`,
  ],
];

/** What to say of an option that Drover does not know but others have; undefined for one that is merely mistyped. */
export function foreignFlagHint(written: string): string | undefined {
  return FOREIGN.find(([flag]) => flag.test(written))?.[1](written);
}
