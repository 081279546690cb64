import type { RecycleReason, Worker } from "../../policy/fleet.ts";
import { isTooLarge, lived, newLife, reasonToGo, type Life, type Sample } from "../../policy/lifespan.ts";
import { isRecycled } from "../../policy/recycle.ts";
import { Tally } from "../operation/ledger.ts";
import { whyLifetime, whyMemory, whyRequests, type Cause } from "../output/recycle-narrator.ts";
import type { Primary } from "../primary.ts";
import type { Member } from "./crew.ts";

/** What was seen of one worker. */
interface Record {
  life: Life;
  /** Null: it may stay. */
  cause: Cause | null;
  /** When its replacement was begun; null: not yet. */
  since: number | null;
  /** It leaves because it is replaced, and for no other reason. */
  isLeaving: boolean;
}

/** Looks at what workers say of themselves for those that have lived long enough, and says what becomes of them: policy/recycle.ts replaces them. */
export class Recycling {
  readonly #primary: Primary;
  readonly #records = new Map<number, Record>();

  constructor(primary: Primary) {
    this.#primary = primary;
  }

  /** After each beat of a worker. */
  look(member: Member): void {
    const { id, generation } = member.handle;
    const beat = member.pulse.last;
    if (beat === null || member.readyAt === null || this.#worker(id)?.state !== "ready") return;
    const record = this.#records.get(id) ?? this.#begin(id, generation);
    const { rssBytes, requests } = beat.figures;
    const sample = { rssBytes, requests, age: beat.at - member.readyAt };
    record.life = lived(record.life, sample);
    if (isTooLarge(record.life)) this.#primary.recycler.tooLarge(member, rssBytes, record.life.memory ?? 0);
    const reason = reasonToGo(record.life, sample);
    if (reason === null || record.cause !== null) return;
    record.cause = { reason, why: explain(reason, record.life, sample) };
    this.#primary.supervisor.post({ type: "recycle", worker: id, reason });
  }

  /** A worker is forked into this slot. */
  forked(slot: number): void {
    const { recycler, world } = this.#primary;
    const [member, record] = this.#dueIn(slot);
    if (!member || !record?.cause) return;
    if (record.since === null) recycler.started(member, record.cause);
    record.since = world.clock.now();
  }

  /** The next worker of this slot has failed, and another one is to come. Answers whether one that is recycled serves on there. */
  delayed(slot: number, ms: number): boolean {
    const [member] = this.#dueIn(slot);
    if (member) this.#primary.recycler.delayed(member, ms);
    return member !== undefined;
  }

  /** The worker is told to leave. */
  leaves(id: number): void {
    const record = this.#records.get(id);
    const worker = this.#worker(id);
    if (record && worker) record.isLeaving = isRecycled(this.#primary.supervisor.fleet, worker);
  }

  /** The worker is gone. Answers whether it was recycled: then what it did for its clients stands in our books. */
  left(member: Member): boolean {
    const { id, slot } = member.handle;
    const record = this.#records.get(id);
    this.#records.delete(id);
    if (!record?.isLeaving || record.cause === null || this.#primary.stopping) return false;
    const { counts, recycler, slots, world } = this.#primary;
    counts.recycles.add(record.cause.reason);
    slots.recycled(slot);
    const now = world.clock.now();
    const tally = new Tally(1012, record.since ?? now);
    tally.add(member.report);
    recycler.done(member, record.cause, tally.close(now));
    return true;
  }

  #begin(id: number, generation: number): Record {
    const { generations, world } = this.#primary;
    const { recycle } = generations.get(generation).resolved.config;
    const record = { life: newLife(recycle, world.random()), cause: null, since: null, isLeaving: false };
    this.#records.set(id, record);
    return record;
  }

  /** Who is to be recycled in this slot, and what is known of it. */
  #dueIn(slot: number): readonly [Member | undefined, Record | undefined] {
    const { crew, supervisor } = this.#primary;
    const due = supervisor.fleet.workers.find(
      (one) => one.slot === slot && one.state === "ready" && one.recycle !== null,
    );
    return due === undefined ? [undefined, undefined] : [crew.get(due.id), this.#records.get(due.id)];
  }

  #worker(id: number): Worker | undefined {
    return this.#primary.supervisor.fleet.workers.find((worker) => worker.id === id);
  }
}

function explain(reason: RecycleReason, { memory, above }: Life, { rssBytes, requests, age }: Sample): string {
  switch (reason) {
    case "memory":
      return whyMemory(rssBytes, memory ?? 0, above);
    case "requests":
      return whyRequests(requests);
    case "lifetime":
      return whyLifetime(age);
  }
}
