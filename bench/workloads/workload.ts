import type { Protocol } from "../peers/peer.ts";
import type { PeerId } from "../peers/peers.ts";
import type { Subject } from "../subject.ts";
import type { FigureId } from "./figures.ts";

/** One run's figures. A figure that could not be taken is left out. */
export type Run = Readonly<Partial<Record<FigureId, number>>>;

/** A bound of one peer's figure by another's, as the ratio of medians; by nobody's: of the figure itself. */
export interface Goal {
  readonly of?: PeerId;
  /** Where it is not the one the peers are compared by. */
  readonly figure?: FigureId;
  /** Majors of Node it holds for; undefined: all. */
  readonly nodes?: readonly number[];
  readonly atMost?: number;
  readonly atLeast?: number;
  /** It holds in each round, and not only for the median. */
  readonly always?: true;
}

/** What is done to an app, and what is to come of it. */
export interface Workload {
  /** A sentence's beginning: "Hello world, keep-alive, 32 connections". */
  readonly title: string;
  /** What a reader must know to judge the figures; Markdown. */
  readonly note?: string;
  /** A file of `apps/`, without `.js`. */
  readonly app: string;
  /** Default: http. */
  readonly protocol?: Protocol;
  /** Default: 2. */
  readonly workers?: number;
  /** Who takes part. Default: every peer that is no reference. */
  readonly peers?: readonly PeerId[];
  /** Who takes part besides. */
  readonly references?: readonly PeerId[];
  /** The figure that peers are compared by, and the chart shows. */
  readonly compare: FigureId;
  /** Drover's. */
  readonly goals: readonly Goal[];
  /** Every worker has answered before. `scale` multiplies how much is done. */
  readonly run: (subject: Subject, scale: number) => Promise<Run>;
}
