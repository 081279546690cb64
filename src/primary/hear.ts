import type { Address } from "../protocol/address.ts";
import { isSecure, type DrainReport, type LastWords, type ToPrimary } from "../protocol/ipc.ts";
import type { Primary } from "./primary.ts";
import type { SocketHandle } from "./sockets/bind.ts";
import { isWellFormed } from "./well-formed.ts";
import type { Member } from "./workers/crew.ts";
import { withLoader } from "./workers/launch.ts";
import { blame, sayDelay } from "./workers/worker-exit.ts";
import { workerReady } from "./workers/worker-ready.ts";

const UNSTRIPPABLE = "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX";

/** What a worker said, as changes of the primary. The app in it may send what only looks like a message of ours. */
export function hear(primary: Primary, member: Member, message: ToPrimary, connection: SocketHandle | undefined): void {
  if (isWellFormed(message)) obey(primary, member, message, connection);
  else primary.narrator.notUnderstood(member, message.type);
}

function obey(primary: Primary, member: Member, message: ToPrimary, connection: SocketHandle | undefined): void {
  const { id } = member.handle;
  switch (message.type) {
    case "listen":
      return void answerListen(primary, member, message.seq, message.address);
    case "listening":
      return listening(primary, member, message);
    case "closed":
      primary.listeners.closedBy(message.key, id);
      return primary.covers.settle();
    case "ready":
      member.framework = message.framework;
      return workerReady(primary, member, message);
    case "not-ready":
      member.notReady = message.reason;
      return;
    case "boot-failed":
      member.error = message.error;
      if (message.error.code === UNSTRIPPABLE && tryLoader(primary, member)) member.verdict = "excused";
      else if (message.hopeless) member.verdict = "hopeless";
      return;
    case "leaving":
      member.error = message.error ?? null;
      if (message.error) member.atEnd = lastOf(primary, message);
      if (!primary.stopping) primary.narrator.leaving(member, message.signal, message.error);
      if (message.error) blame(primary, member);
      primary.retired(id, message.error ? "crashed" : "asked");
      return sayDelay(primary, member.handle.slot);
    case "loaded":
      return primary.watcher?.add(message.files);
    case "serve-changed":
      return primary.narrator.serveChanged();
    case "noticed":
      return primary.noticer.heard(message.sights);
    case "answered":
      return primary.supervisor.post({ type: "answered", worker: id });
    case "rescue":
      member.exiting = true;
      return connection && primary.rescue.take(message.key, connection);
    case "adopted":
      return primary.rescue.adopted(message.id);
    case "burst":
      return primary.balance.burst();
    case "free":
      return primary.balance.free(id);
    case "full":
      return full(primary, id);
    case "drained":
      return drained(primary, member, message);
    case "beat":
      primary.hangs.heard(member, message);
      primary.crashes.heard(member);
      return primary.recycling.look(member);
    case "exiting":
      // Of an error it has told before: then nothing else was lost with it.
      member.atEnd ??= lastOf(primary, message);
      return;
    case "figures":
      return primary.figures.answered(message.seq, message);
    case "requests":
      return primary.metrics?.requests(member.handle, message.series);
    case "scraped":
      return primary.metrics?.scraped(member.handle, message);
    case "store":
      return primary.troubles.heard(member.handle, message.store, message.degraded);
    case "wants-tls":
      return primary.tls.tell(member.handle);
    case "tls-applied":
      return primary.tls.applied(id, message.serial, message.error);
    case "wants-more":
      return wantsMore(primary, id);
    case "load":
      return primary.balance.report(id, message);
  }
}

/** What it was answering when it said so. */
function lastOf({ world }: Primary, { underWay = [], culprit = null }: Partial<LastWords>): Member["atEnd"] {
  return { underWay, culprit, at: world.clock.now() };
}

/** A refused address goes back to the app, whose own listen fails with it, as it would without us. */
async function answerListen(primary: Primary, { handle }: Member, seq: number, address: Address): Promise<void> {
  const listener = await primary.listeners.open(address);
  if (typeof listener !== "number") {
    listener.users.set(handle.id, "granted");
    return handle.send({ type: "listener", seq }, listener.handle);
  }
  primary.refused = { address, errno: listener };
  handle.send({ type: "listener", seq, errno: listener });
}

function listening(primary: Primary, member: Member, message: Extract<ToPrimary, { type: "listening" }>): void {
  const listener = primary.listeners.get(message.key);
  if (!listener) return;
  const isNew = !listener.protocol;
  listener.protocol = message.protocol;
  listener.ownTls = message.ownTls;
  const first = primary.listeners.all().find(({ protocol, ownTls }) => isSecure(protocol) && !ownTls);
  if (isNew) primary.narrator.listening(listener, message.protocol, first);
  listener.users.set(member.handle.id, "listening");
  primary.covers.settle();
}

/** Its requests are answered, or its time is over: then it is killed, but not before it has said what that cuts. */
function drained(primary: Primary, member: Member, report: DrainReport): void {
  member.report = report;
  if (!report.overdue) return;
  primary.operator.cut(member, report);
  primary.supervisor.post({ type: "overdue", worker: member.handle.id });
}

/**
 * The app uses TypeScript that Node cannot strip. Answers whether the next attempt goes another way: with the loader the app has installed.
 * All first workers fail alike; those started before the loader was chosen are excused too.
 */
function tryLoader(primary: Primary, member: Member): boolean {
  const generation = primary.generations.get(member.handle.generation);
  if (member.launch !== generation.launch) return true;
  const next = withLoader(generation.launch, generation.resolved.config.entry);
  if (!next) return false;
  generation.launch = next;
  primary.narrator.loaderTried(next.nodeOptions.at(-1) ?? "");
  return true;
}

/** Its connections are the siblings' now, so none of them may stand aside. */
function full({ balance, covers }: Primary, worker: number): void {
  balance.burst();
  covers.full(worker);
}

function wantsMore(primary: Primary, worker: number): void {
  if (!isStaying(primary, worker)) return;
  primary.balance.wantsMore(worker);
  primary.covers.hasRoom(worker);
}

function isStaying({ supervisor: { fleet } }: Primary, id: number): boolean {
  return fleet.workers.some((worker) => worker.id === id && worker.state !== "draining");
}
