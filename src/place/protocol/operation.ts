/** One collective operation at one member: what it waits for, and what has come before it was waited for. */
import { otherCall } from "./agreement.ts";

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

export class Operation implements Step<unknown> {
  readonly #onEnd: () => void;
  /** By place. Messages between two members keep their order only by what each waits for, so at most one is ever early. */
  readonly #come = new Map<number, Uint8Array[]>();
  readonly #awaited = new Map<number, (bytes: Uint8Array, isOwn: boolean) => void>();
  #members: readonly number[] = [];
  #title: string | null = null;
  #otherTitle: { title: string; place: number } | null = null;
  #send: (to: number, bytes: Uint8Array) => void = () => {};
  #tell: Ended<unknown> = () => {};
  #ended = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  begin(members: readonly number[], title: string, send: (to: number, bytes: Uint8Array) => void, ended: Ended<unknown>): void {
    this.#members = members;
    this.#title = title;
    this.#send = send;
    this.#tell = ended;
    this.#compare();
  }

  /** `bytes` are valid only during the call. */
  receive(place: number, title: string, bytes: Uint8Array): void {
    if (this.#otherTitle === null || this.#otherTitle.title === this.#title) this.#otherTitle = { title, place };
    this.#compare();
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

  send(to: number, bytes: Uint8Array): void {
    if (!this.#ended) this.#send(to, bytes);
  }

  expect(from: number, then: (bytes: Uint8Array, isOwn: boolean) => void): void {
    const place = this.#members[from]!;
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
    this.#onEnd();
    this.#tell(null, result);
  }

  fail(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#title === null) return; // nobody here waits for it yet
    this.#onEnd();
    this.#tell(error);
  }

  #compare(): void {
    const other = this.#otherTitle;
    if (other === null || this.#title === null || other.title === this.#title) return;
    this.fail(otherCall(this.#title, other.place, other.title));
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
