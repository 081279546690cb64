import {
  afterBeat,
  findings,
  isAnyOverdue,
  isForgiven,
  nextLook,
  type Finding,
  type Heart,
} from "../../policy/hang.ts";
import { BEAT, type InspectorState } from "../../protocol/ipc.ts";
import type { Clock } from "../supervisor.ts";

interface WatchdogEffects {
  slow(worker: number, ms: number): void;
  /** Once: what is to be done about it is the caller's affair. `answers` aborts when it beats or leaves: then nothing is. */
  hung(worker: number, ms: number, answers: AbortSignal): void;
  /** One that was slow or hung has answered. `ms`: how late. */
  answered(worker: number, ms: number): void;
  /** Its inspector was opened: it is watched no more. */
  excused(worker: number): void;
}

/** Before anybody is judged, what he has said is read. Milliseconds. */
const READING = 100;

/** Carries out policy/hang.ts for the workers that are ready. Beats set no timer: there is one for all of them, which goes off at most once a second or two. */
export class Watchdog {
  readonly #hearts = new Map<number, Heart>();
  /** Of those that hang. */
  readonly #answers = new Map<number, AbortController>();
  readonly #clock: Clock;
  readonly #effects: WatchdogEffects;
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, effects: WatchdogEffects) {
    this.#clock = clock;
    this.#effects = effects;
  }

  /** @param patience how late a beat may be, in milliseconds; 0: for ever */
  join(worker: number, patience: number): void {
    this.#hearts.set(worker, { worker, dueAt: this.#clock.now() + BEAT, state: "well", patience });
    if (this.#cancel === null) this.#set();
  }

  leave(worker: number): void {
    this.#answered(worker);
    if (!this.#hearts.delete(worker) || this.#hearts.size > 0) return;
    this.#cancel?.();
    this.#cancel = null;
  }

  beat(worker: number, inspector: InspectorState, lateMs: number): void {
    const heart = this.#hearts.get(worker);
    if (!heart) return;
    const { state, answered, excused } = afterBeat(heart.state, inspector === "open");
    this.#become(heart, state);
    if (answered) this.#effects.answered(worker, lateMs);
    if (excused) this.#effects.excused(worker);
  }

  /** One that hangs turns out to have its inspector open. */
  excuse(worker: number): void {
    const heart = this.#hearts.get(worker);
    if (heart?.state !== "hung") return;
    this.#become(heart, "excused");
    this.#effects.excused(worker);
  }

  /** One that hangs turns out to be stopped: it has its whole time again, and no second warning. */
  spare(worker: number): void {
    const heart = this.#hearts.get(worker);
    if (heart?.state === "hung") this.#become(heart, "slow");
  }

  #become(heart: Heart, state: Heart["state"]): void {
    this.#answered(heart.worker);
    this.#hearts.set(heart.worker, { ...heart, dueAt: this.#clock.now() + BEAT, state });
    if (this.#cancel === null) this.#set();
  }

  #answered(worker: number): void {
    this.#answers.get(worker)?.abort();
    this.#answers.delete(worker);
  }

  /** As if all had just beaten. Who was warned of stays so until it answers. */
  #forgive(): void {
    const dueAt = this.#clock.now() + BEAT;
    for (const heart of this.#hearts.values()) this.#hearts.set(heart.worker, { ...heart, dueAt });
  }

  #set(): void {
    const at = nextLook([...this.#hearts.values()]);
    this.#cancel = at === null ? null : this.#after(at - this.#clock.now(), () => this.#look());
  }

  #look(): void {
    if (isAnyOverdue([...this.#hearts.values()], this.#clock.now()))
      this.#cancel = this.#after(READING, () => this.#judge());
    else this.#set();
  }

  #judge(): void {
    for (const finding of findings([...this.#hearts.values()], this.#clock.now())) this.#found(finding);
    this.#set();
  }

  #found({ worker, is, ms }: Finding): void {
    const heart = this.#hearts.get(worker);
    if (heart) this.#hearts.set(worker, { ...heart, state: is });
    if (is === "slow") return this.#effects.slow(worker, ms);
    const answers = new AbortController();
    this.#answers.set(worker, answers);
    this.#effects.hung(worker, ms, answers.signal);
  }

  /** Whoever comes late to the look is in no position to judge. */
  #after(ms: number, look: () => void): () => void {
    const expected = this.#clock.now() + Math.max(0, ms);
    return this.#clock.after(Math.max(0, ms) + 1, () => {
      if (!isForgiven(expected, this.#clock.now())) return look();
      this.#forgive();
      this.#set();
    });
  }
}
