import type { Resolved } from "../config/config.ts";
import { openLog, type Log } from "../telemetry/log.ts";
import { VERSION } from "../version.ts";
import { openCarrier, type Carrier } from "./carrier.ts";
import { Earshot } from "./earshot.ts";
import { Generations } from "./generations.ts";
import { perform } from "./perform.ts";
import { PrimaryModule } from "./primary-module.ts";
import { Primary } from "./primary.ts";
import { systemClock } from "./supervisor.ts";

/** A primary and what is around it, before anything has been bound or forked. */
export interface Assembled {
  readonly primary: Primary;
  readonly log: Earshot;
  /** @throws AppError when an address cannot be bound */
  readonly start: () => Promise<void>;
  /** The primary and everything beside it have ended, and all they said is written. */
  readonly ended: () => Promise<void>;
}

/**
 * Makes this process the app's primary: its logs go to our stdout, the app's output to our stdout and stderr.
 * @param resolve reads the configuration anew, for a reload
 */
export function assemble(
  resolved: Resolved,
  resolve: () => Promise<Resolved>,
  found: string | null,
  onAppMessage: (message: unknown, slot: number) => void,
): Assembled {
  const { config } = resolved;
  const pretty = config.log.format === "pretty" || (config.log.format === "auto" && process.stdout.isTTY);
  const log = new Earshot(openLog(config.log, pretty, (text) => void process.stdout.write(text)));
  const carrier = openCarrier(pretty);
  const generations = new Generations(process.env);
  const { launch, limits } = generations.add(resolved);
  const { carry } = carrier;
  const primary = new Primary(generations, { clock: systemClock, log, resolve, carry, onAppMessage, perform });
  return {
    primary,
    log,
    start: async () => {
      primary.narrator.started(VERSION, found);
      await primary.start();
      if (config.primaryModule) primary.beside = new PrimaryModule(config.primaryModule, launch, limits, log, carry);
    },
    ended: () => finish(primary, carrier, log),
  };
}

async function finish(primary: Primary, carrier: Carrier, log: Log): Promise<void> {
  await primary.ended;
  await primary.beside?.stop(false);
  await carrier.ended();
  await log.flush();
}
