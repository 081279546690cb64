/** The place of a member. It stays with it when it leaves, for the next time. */
interface Place<Member, Fact> {
  readonly member: Member;
  fact: Fact | undefined;
  /** ABSENT, or where it is on the list. */
  index: number;
}

const ABSENT = -1;

/**
 * Who is there, and a fact about each: a Map for what comes and goes with every request and every connection. V8 gives a Map a new table every few changes,
 * and the old one points to it: once one table has grown old, all that follow and whatever they held live until the next full collection. Over TLS,
 * where many answers are under way at once, that was a third of a request's CPU time, and twice the memory.
 */
export class Roster<Member extends object, Fact = void> {
  readonly #key = Symbol("drover.place");
  readonly #places: Place<Member, Fact>[] = [];

  get size(): number {
    return this.#places.length;
  }

  has(member: Member): boolean {
    return (this.#placeOf(member)?.index ?? ABSENT) !== ABSENT;
  }

  /** Undefined: it is not there. */
  get(member: Member): Fact | undefined {
    return this.#placeOf(member)?.fact;
  }

  /** A member that is there already gets the new fact. */
  set(member: Member, fact: Fact): void {
    const place = this.#placeOf(member) ?? this.#newPlace(member);
    place.fact = fact;
    if (place.index === ABSENT) place.index = this.#places.push(place) - 1;
  }

  /** Answers whether it was there. */
  delete(member: Member): boolean {
    const place = this.#placeOf(member);
    if (!place || place.index === ABSENT) return false;
    // The last one takes its place on the list.
    const last = this.#places.pop() ?? place;
    if (last !== place) this.#places[place.index] = last;
    last.index = place.index;
    place.index = ABSENT;
    place.fact = undefined;
    return true;
  }

  clear(): void {
    for (const member of this.keys()) this.delete(member);
  }

  /** As they are now, in no order: they may leave meanwhile. */
  keys(): readonly Member[] {
    return this.#places.map(({ member }) => member);
  }

  values(): readonly Fact[] {
    return this.#places.map(({ fact }) => fact as Fact);
  }

  entries(): readonly (readonly [Member, Fact])[] {
    return this.#places.map(({ member, fact }) => [member, fact as Fact] as const);
  }

  #placeOf(member: Member): Place<Member, Fact> | undefined {
    const place = (member as Record<symbol, Place<Member, Fact> | undefined>)[this.#key];
    // What inherits from a member is none.
    return place?.member === member ? place : undefined;
  }

  #newPlace(member: Member): Place<Member, Fact> {
    const place: Place<Member, Fact> = { member, fact: undefined, index: ABSENT };
    (member as Record<symbol, Place<Member, Fact>>)[this.#key] = place;
    return place;
  }
}
