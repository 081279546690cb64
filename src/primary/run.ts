import type { Resolved } from "../config/config.ts";
import { AppError } from "../errors.ts";
import type { Succession } from "../protocol/succession.ts";
import { openLog, type Log } from "../telemetry/log.ts";
import { VERSION } from "../version.ts";
import { PrimaryModule } from "./beside/primary-module.ts";
import { meetHost, Relations } from "./host/platform.ts";
import { withPassed } from "./host/systemd/passed-sockets.ts";
import { Orphans, realOrphanWorld } from "./orphans/orphans.ts";
import { openCarrier, type Carrier } from "./output/carrier.ts";
import { Earshot } from "./output/earshot.ts";
import { openOutput } from "./output/log-output.ts";
import { perform } from "./perform.ts";
import { Primary } from "./primary.ts";
import { checkName } from "./succession/inheritance.ts";
import { systemClock } from "./supervisor.ts";
import { Generations } from "./workers/generations.ts";
import { sayHeap } from "./workers/heap.ts";

/** A primary and what is around it, before anything has been bound or forked. */
export interface Assembled {
  readonly primary: Primary;
  readonly log: Earshot;
  readonly relations: Relations;
  /** None, until somebody has found some. */
  readonly orphans: Orphans;
  /** Whose place it takes; null: nobody's. */
  readonly succession: Succession | null;
  /** @throws AppError when an address cannot be bound */
  readonly start: () => Promise<void>;
  /** Does what it has left to another primary until now. @throws AppError ADDRESS_* */
  readonly lead: () => Promise<void>;
  /** Opens the log file anew. @throws AppError LOG_UNAVAILABLE */
  readonly reopen: () => Promise<void>;
  /** The primary and everything beside it have ended, and all they said is written. */
  readonly ended: () => Promise<void>;
}

/**
 * Makes this process the app's primary: its logs and the app's output go to the log file, or to our stdout and stderr.
 * @param resolve reads the configuration anew, for a reload
 * @throws AppError LOG_UNAVAILABLE, UPGRADE_FAILED
 */
export async function assemble(
  resolved: Resolved,
  resolve: () => Promise<Resolved>,
  found: string | null,
  onAppMessage: (message: unknown, slot: number) => void,
): Promise<Assembled> {
  const { config } = resolved;
  const host = meetHost(process.env);
  const { succession } = host;
  if (succession) checkName(succession, config.name);
  const output = await openOutput(config.log, process.env, () => log);
  const log = new Earshot(openLog(config.log.level, output.style, (text) => void output.stdout.write(text)));
  const carrier = openCarrier(output);
  const generations = new Generations(process.env, succession?.generation);
  const first = generations.add(withPassed(resolved, host.passed), null);
  const { carry } = carrier;
  const orphans = new Orphans({ ...realOrphanWorld, clock: systemClock, log }, succession !== null);
  const primary = new Primary(
    generations,
    {
      clock: systemClock,
      wallNow: () => Date.now(),
      random: () => Math.random(),
      environment: process.env,
      log,
      resolve: async () => withPassed(await resolve(), host.passed),
      passed: host.passed,
      bind: (address, file) => orphans.bind(address, file),
      carry,
      onAppMessage,
      perform,
    },
    succession,
  );
  const relations = new Relations(primary, host);
  const openBeside = (): void => {
    if (config.primaryModule)
      primary.beside = new PrimaryModule(config.primaryModule, first.launch, first.limits, log, carry);
  };
  return {
    primary,
    log,
    relations,
    orphans,
    succession,
    start: async () => {
      primary.narrator.started(VERSION, found);
      sayHeap(first.launch, config.workers, log);
      primary.storeNarrator.placed(first, null);
      try {
        await relations.open(config);
        await primary.start();
        void log.flush();
      } catch (error) {
        if (succession && !succession.predecessor) tellFailure(log, error);
        await relations.close();
        await log.flush();
        await output.close();
        throw error;
      }
      if (!succession?.predecessor) openBeside();
    },
    lead: async () => {
      host.passed.leads = true;
      await relations.lead();
      openBeside();
    },
    reopen: () => output.reopen(),
    ended: async () => {
      await finish(primary, relations, carrier, log);
      await output.close();
    },
  };
}

/** Nobody waits for this start, so nobody reads what it ends with. */
function tellFailure(log: Log, error: unknown): void {
  const { message } = error as Error;
  const { code, hint } = error instanceof AppError ? error : { code: undefined, hint: undefined };
  const text = `this primary cannot take the place of the one that has died: ${message}. ${hint ?? ""}`.trim();
  log.error("cannot-succeed", { code, message, hint }, text);
}

async function finish(primary: Primary, relations: Relations, carrier: Carrier, log: Log): Promise<void> {
  await primary.ended;
  await primary.beside?.stop(false);
  await relations.close();
  await carrier.ended();
  await primary.crashes.settled();
  await log.flush();
}
