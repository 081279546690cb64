import { isAbsolute, join, relative } from "node:path";
import type { CommandLine } from "../../protocol/bequest.ts";
import { FIRST_INHERITED_FD } from "../../protocol/descriptors.ts";
import { BACKGROUND_ENV, IN_BACKGROUND } from "../../protocol/starting.ts";
import { SUCCESSION_ENV, type Succession } from "../../protocol/succession.ts";

/** How this process was started. */
export interface Start {
  readonly node: string;
  /** The Node that was called by a path, which may be a link that leads elsewhere by now; else a word that the shell has looked up. */
  readonly argv0: string;
  readonly execArgv: readonly string[];
  readonly cli: string;
  readonly args: readonly string[];
  /** Where we were started, as the shell wrote it, and as the kernel has it: a `current` link leads elsewhere by now. */
  readonly cwd: string;
  readonly realCwd: string;
  /** In the background, in a session of its own. */
  readonly detached: boolean;
}

export function startOf(cwd: string, detached: boolean): Start {
  const { argv, argv0, execArgv, execPath } = process;
  const [, cli = "", ...args] = argv;
  return { node: execPath, argv0, execArgv, cli, args, cwd, realCwd: process.cwd(), detached };
}

/** A Node, and the `cli.js` of a Drover. */
export interface Program {
  readonly node: string;
  readonly cli: string;
}

export interface SuccessorStart extends CommandLine {
  readonly detached: boolean;
  readonly fds: readonly number[];
}

/** The same command line once more, in the same place. @param env This process's own, and what systemd has said to us alone. */
export function commandAgain(start: Start, program: Program, env: NodeJS.ProcessEnv): CommandLine {
  return {
    node: program.node,
    argv: [...start.execArgv, program.cli, ...start.args],
    cwd: start.cwd,
    env: { ...env, PWD: start.cwd, [BACKGROUND_ENV]: start.detached ? IN_BACKGROUND : "attached" },
  };
}

/** The Node and the Drover that this process was started with, wherever their links lead to by now. */
export function ownProgram({ node, argv0, cli, cwd, realCwd }: Start): Program {
  const below = relative(realCwd, cli);
  const isBelow = below !== "" && !below.startsWith("..") && !isAbsolute(below);
  return { node: isAbsolute(argv0) ? argv0 : node, cli: isBelow ? join(cwd, below) : cli };
}

/**
 * The successor's command line, with what it inherits.
 * @param estate With this process's own descriptors.
 * @param env As for {@link commandAgain}.
 */
export function startAgain(start: Start, program: Program, estate: Succession, env: NodeJS.ProcessEnv): SuccessorStart {
  const fds: number[] = [];
  const inherit = (fd: number): number => FIRST_INHERITED_FD - 1 + fds.push(fd);
  const { control, admin } = estate;
  const succession: Succession = {
    ...estate,
    listeners: estate.listeners.map((listener) => ({ ...listener, fd: inherit(listener.fd) })),
    control: control === null ? null : inherit(control),
    admin: admin && { ...admin, fd: inherit(admin.fd) },
  };
  const command = commandAgain(start, program, env);
  return {
    ...command,
    env: { ...command.env, [SUCCESSION_ENV]: JSON.stringify(succession) },
    detached: start.detached,
    fds,
  };
}
