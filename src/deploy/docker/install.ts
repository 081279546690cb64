import { AppError } from "../../errors.ts";

/** What the app's folder says of its packages. */
export interface PackageFacts {
  /** `engines.node` and `packageManager` of package.json, where it has them. */
  readonly engines: string | null;
  readonly packageManager: string | null;
  /** Names of its scripts. */
  readonly scripts: readonly string[];
  /** Names of `dependencies`, which are in the image. */
  readonly dependencies: readonly string[];
  /** Names of `devDependencies`, which are not. */
  readonly devDependencies: readonly string[];
  /** Names of the files in the folder. */
  readonly files: readonly string[];
  /** The text of its `.dockerignore`; `null`: none. */
  readonly ignored: string | null;
}

/** How its packages are installed. */
export interface Install {
  /** Files it needs beside package.json. */
  readonly needs: readonly string[];
  /** The package manager itself, where Node's image does not bring it; else `null`. */
  readonly prepare: string | null;
  readonly all: string;
  readonly production: string;
  /** What the command `build` is run with. */
  readonly run: string;
}

/** The folder of the build that is kept from one to the next, for what a package manager has downloaded. */
export const CACHE = "/cache";

const NPM = { prepare: null, run: "npm run build" } as const;
const LOCKED = { ...NPM, ...installing(`npm ci --cache=${CACHE}`, "--omit=dev") } as const;

/** By their lock files, the surest first. */
const MANAGERS: readonly (readonly [lockFile: string, how: (facts: PackageFacts) => Omit<Install, "needs">])[] = [
  ["package-lock.json", () => LOCKED],
  ["npm-shrinkwrap.json", () => LOCKED],
  ["pnpm-lock.yaml", pnpm],
  ["yarn.lock", yarn],
  ["bun.lock", bun],
  ["bun.lockb", bun],
];

export const LOCK_FILES: readonly string[] = MANAGERS.map(([lockFile]) => lockFile);

const NOT_LOCKED = { ...NPM, ...installing(`npm install --cache=${CACHE}`, "--omit=dev") } as const;

/** @throws AppError USAGE for Yarn from version 2 on, and for Bun */
export function installOf(facts: PackageFacts): Install {
  const [lockFile, how] = MANAGERS.find(([name]) => facts.files.includes(name)) ?? [null, () => NOT_LOCKED];
  const more = ["pnpm-workspace.yaml"].filter((name) => lockFile === "pnpm-lock.yaml" && facts.files.includes(name));
  return { needs: [...(lockFile === null ? [] : [lockFile]), ...more], ...how(facts) };
}

function pnpm({ packageManager }: PackageFacts): Omit<Install, "needs"> {
  const version = /^pnpm@(\d+(?:\.\d+)*)/.exec(packageManager ?? "")?.[1] ?? "10";
  return {
    prepare: `npm install --global pnpm@${version}`,
    ...installing(`pnpm install --frozen-lockfile --store-dir=${CACHE}`, "--prod"),
    run: "pnpm run build",
  };
}

function yarn({ packageManager, files }: PackageFacts): Omit<Install, "needs"> {
  const isBerry = files.includes(".yarnrc.yml") || /^yarn@([2-9]|\d\d)/.test(packageManager ?? "");
  if (isBerry) {
    const hint = "Print the one for npm in a copy without yarn.lock and .yarnrc.yml, and change its two lines of npm.";
    throw unfit("Yarn 2 or later", hint);
  }
  return {
    prepare: null,
    ...installing(`yarn install --frozen-lockfile --cache-folder=${CACHE}`, "--production"),
    run: "yarn run build",
  };
}

/** With what developers need, and without. */
function installing(all: string, without: string): Pick<Install, "all" | "production"> {
  return { all, production: `${all} ${without}` };
}

function bun(): never {
  throw unfit("Bun", "Make npm's lock file as well: npm install --package-lock-only");
}

function unfit(manager: string, hint: string): AppError {
  return new AppError("USAGE", `expected an app of npm, pnpm or Yarn 1, got one of ${manager}`, hint);
}
