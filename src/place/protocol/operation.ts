/** One collective operation at one member: what it waits for, and what has come before it was waited for. */
import { isLike, mixOf, type Title } from "./titles.ts";

/** Told once how an operation has ended. */
export type Ended<T> = (error: Error | null, result?: T) => void;

/** What the steps of an operation are written with. Members are named by rank. */
export interface Step<T> {
  send(to: number, bytes: Uint8Array): void;
  /** Calls `then` with the next message of that member, which may be valid only during the call. */
  expect(from: number, then: (bytes: Uint8Array) => void): void;
  /** Calls `then` with one message of each, in this order, once all are there; these are its own. */
  expectAll(from: readonly number[], then: (all: Uint8Array[]) => void): void;
  end(result: T): void;
  fail(error: Error): void;
}

/** What this member does in an operation. */
export interface Begun {
  readonly place: number;
  readonly members: readonly number[];
  readonly title: Title;
  readonly send: (to: number, bytes: Uint8Array) => void;
  /** Tells the other members that the operation fails. */
  readonly refuse: (error: Error, others: string) => void;
  readonly ended: Ended<unknown>;
}

export class Operation implements Step<unknown> {
  onEnd: (failed: boolean) => void = () => {};
  /** By place. Messages between two members keep their order only by what each waits for, so at most one is ever early. */
  readonly #come = new Map<number, Uint8Array[]>();
  readonly #awaited = new Map<number, (bytes: Uint8Array, isOwn: boolean) => void>();
  #begun: Begun | null = null;
  /** What others have said that they call, as far as it differs: with two, one is not what this member calls. */
  readonly #said: { readonly place: number; readonly title: Title }[] = [];
  #refused: Error | null = null;
  #ended = false;

  get hasEnded(): boolean {
    return this.#ended;
  }

  begin(begun: Begun): void {
    this.#begun = begun;
    if (this.#refused !== null) return this.abort(this.#refused);
    for (const { place, title } of this.#said) this.#compare(place, title);
  }

  /** A member says what it calls. */
  hear(place: number, title: Title): void {
    if (this.#begun !== null) this.#compare(place, title);
    else if (!this.#said.some((it) => isLike(it.title, title)) && this.#said.length < 2) this.#said.push({ place, title });
  }

  /** `bytes` are valid only during the call. */
  receive(place: number, bytes: Uint8Array): void {
    const then = this.#awaited.get(place);
    if (then !== undefined) {
      this.#awaited.delete(place);
      this.guard(() => then(bytes, false));
    } else {
      const early = this.#come.get(place);
      if (early === undefined) this.#come.set(place, [bytes.slice()]);
      else early.push(bytes.slice());
    }
  }

  /** Another member has told all that it fails. */
  refused(error: Error): void {
    this.#refused ??= error;
    if (this.#begun !== null) this.abort(error);
  }

  send(to: number, bytes: Uint8Array): void {
    if (!this.#ended) this.#begun!.send(to, bytes);
  }

  expect(from: number, then: (bytes: Uint8Array, isOwn: boolean) => void): void {
    const place = this.#begun!.members[from]!;
    const early = this.#come.get(place)?.shift();
    if (early !== undefined) this.guard(() => then(early, true));
    else this.#awaited.set(place, then);
  }

  expectAll(from: readonly number[], then: (all: Uint8Array[]) => void): void {
    const all = new Array<Uint8Array>(from.length);
    let missing = from.length;
    if (missing === 0) return this.guard(() => then(all));
    from.forEach((rank, i) => {
      this.expect(rank, (bytes, isOwn) => {
        all[i] = isOwn ? bytes : bytes.slice();
        if (--missing === 0) then(all);
      });
    });
  }

  end(result: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.onEnd(false);
    this.#begun!.ended(null, result);
  }

  /** Ends it at all members. */
  fail(error: Error, others = `place ${this.#begun?.place}: ${error.message}`): void {
    if (this.#ended) return;
    this.#begun?.refuse(error, others);
    this.abort(error);
  }

  /** Ends it at this member, as all others hear of it in their own way. */
  abort(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#begun === null) return; // nobody here waits for it yet
    this.onEnd(true);
    this.#begun.ended(error);
  }

  #compare(place: number, title: Title): void {
    const { place: here, title: mine } = this.#begun!;
    if (isLike(mine, title)) return;
    const { own, others } = mixOf(here, mine, place, title);
    this.fail(own, others);
  }

  /** Does a step, and fails with what it throws. */
  guard(step: () => void): void {
    if (this.#ended) return;
    try {
      step();
    } catch (error) {
      this.fail(error as Error);
    }
  }
}
