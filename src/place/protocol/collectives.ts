/**
 * Collective operations on bytes, over teams of places: every member calls the same operations of its team in the same order. They go over
 * binomial trees of the team's ranks. Results are valid until `ended` has returned. See README.md, "Collectives".
 */
import { CollectiveError } from "../../errors.ts";
import type { Link, Protocol } from "../../net/link.ts";
import type { TransportCollectives } from "../../net/transport.ts";
import { Slots } from "./agreement.ts";
import { foldInTree, prefixInTree } from "./fold.ts";
import { LongData, type Room } from "./long.ts";
import { ONCE, type Team } from "./members.ts";
import { pack, packedBytes, packParts, partsIn, unpack, unpackParts } from "./message.ts";
import { type Ended, Operation, type Step } from "./operation.ts";
import { childrenOf, parentOf, subtreeEnd } from "./tree.ts";

/** Makes `into` the combination of itself and what the ranks behind it have brought. */
export type Combine = (into: Uint8Array, from: Uint8Array) => void;

/** What is combined. */
export interface Elements {
  /** So that all members combine the same: equal numbers, from 0 to 65535, for what goes together. */
  readonly likeness: number;
  /** How long one is, if they are combined one by one; else 0. */
  readonly bytes: number;
}

/** An operation as all places can do it at once, where everybody gets what everybody gives. */
interface AtOnce<T> {
  /** How long is what this place gives, and what it is, asked for where it is short. */
  readonly bytes: number;
  readonly gives: () => Uint8Array;
  /** What this place has of what all have given, by rank: that may be written to, and is to be copied. */
  readonly gets: (given: Uint8Array[], rank: number) => T;
  readonly elements?: Elements;
  readonly combine?: Combine;
  /** Whose data is looked at; all by default. */
  readonly giver?: number;
  readonly refuses?: boolean;
}

const NAMES = ["barrier", "broadcast", "gather", "allGather", "scatter", "reduce", "allReduce", "scan", "allToAll"] as const;
type Name = (typeof NAMES)[number];

const WHOLE: Elements = { likeness: 0, bytes: 0 };
const NOTHING = new Uint8Array(0);
const HEADER = 4;
const COMBINING: ReadonlySet<Name> = new Set(["reduce", "allReduce", "scan"]);

const giving = (data: Uint8Array): Pick<AtOnce<unknown>, "bytes" | "gives"> => ({ bytes: data.length, gives: () => data });
const freshRoom: Room = (lengths) => new Uint8Array(new ArrayBuffer(lengths.reduce((a, b) => a + b, 0)));
const copies = (given: readonly Uint8Array[]): Uint8Array[] => given.map((it) => it.slice());
const titleOf = (name: number, root: number): string => `${NAMES[name]} with root ${root}`;

export class Collectives implements Protocol {
  readonly #link: Link;
  readonly #together: TransportCollectives | undefined;
  readonly #slots: Slots | null;
  readonly #long: LongData | null;
  /** By team and number of the operation. One that others have begun first has no steps yet, only messages. */
  readonly #operations = new Map<string, Operation>();
  readonly #next = new Map<number, number>();
  #lost: Error | null = null;

  /** With `together`, what the transport can do for all places at once, the team of all uses it; the others send messages. `room` is where long results come to lie. */
  constructor(link: Link, together?: TransportCollectives, room: Room = freshRoom) {
    this.#link = link;
    this.#together = together;
    this.#slots = together === undefined ? null : new Slots(together.slotBytes, link.places);
    this.#long = together === undefined ? null : new LongData(together, link.place, link.places, room);
  }

  /** Ends at each member when all have called it. */
  barrier(team: Team, ended: Ended<void>): void {
    this.#reduceTree(
      team,
      "barrier",
      0,
      NOTHING,
      () => {},
      WHOLE,
      true,
      (error) => ended(error),
    );
  }

  /** `bytes` of the member with rank `root`, at all members. The others give none. */
  broadcast(team: Team, root: number, bytes: Uint8Array | null, ended: Ended<Uint8Array>): void {
    const atOnce = { ...giving(bytes ?? NOTHING), gets: (given: Uint8Array[]) => given[root]!.slice(), giver: root };
    this.#begin<Uint8Array>(team, "broadcast", root, ended, atOnce, (operation, rank, size) => {
      const at = (rank - root + size) % size;
      const pass = (it: Uint8Array): void => {
        for (const child of childrenOf(at, size).reverse()) operation.send((child + root) % size, it);
        operation.end(it);
      };
      if (at === 0) pass(bytes!);
      else operation.expect((parentOf(at) + root) % size, pass);
    });
  }

  /** The bytes of all members by rank, at the member with rank `root`; an empty list at the others. */
  gather(team: Team, root: number, bytes: Uint8Array, ended: Ended<Uint8Array[]>): void {
    const atOnce = { ...giving(bytes), gets: (given: Uint8Array[], rank: number) => (rank === root ? copies(given) : []) };
    this.#begin<Uint8Array[]>(team, "gather", root, ended, atOnce, (operation, rank, size) => {
      const at = (rank - root + size) % size;
      const children = childrenOf(at, size);
      operation.expectAll(
        children.map((child) => (child + root) % size),
        (parts) => {
          const all = [bytes, ...parts.flatMap(partsIn)];
          if (at !== 0) operation.send((parentOf(at) + root) % size, packParts(all));
          operation.end(at !== 0 ? [] : all.map((_, i) => all[(i - root + size) % size]!));
        },
      );
    });
  }

  /** The bytes of all members by rank, at all members. */
  allGather(team: Team, bytes: Uint8Array, ended: Ended<Uint8Array[]>): void {
    const atOnce = { ...giving(bytes), gets: copies };
    this.#begin<Uint8Array[]>(team, "allGather", 0, ended, atOnce, (operation, rank, size) => {
      const children = childrenOf(rank, size);
      const pass = (all: Uint8Array): void => {
        for (const child of children.reverse()) operation.send(child, all);
        operation.end(unpackParts(all));
      };
      operation.expectAll(children, (parts) => {
        const all = packParts([bytes, ...parts.flatMap(partsIn)]);
        if (rank === 0) return pass(all);
        operation.send(parentOf(rank), all);
        operation.expect(parentOf(rank), pass);
      });
    });
  }

  /** Part i of the member with rank `root`, at the member with rank i. The others give none. */
  scatter(team: Team, root: number, parts: readonly Uint8Array[] | null, ended: Ended<Uint8Array>): void {
    const isRoot = team.members[root] === this.#link.place;
    const atOnce = {
      bytes: isRoot ? packedBytes(parts!) : 0,
      gives: () => (isRoot ? packParts(parts!) : NOTHING),
      gets: (given: Uint8Array[], rank: number) => partsIn(given[root]!)[rank]!.slice(),
      giver: root,
      refuses: isRoot && parts!.length !== team.members.length,
    };
    this.#begin<Uint8Array>(team, "scatter", root, ended, atOnce, (operation, rank, size) => {
      const at = (rank - root + size) % size;
      const pass = (own: readonly Uint8Array[]): void => {
        for (const child of childrenOf(at, size).reverse()) {
          operation.send((child + root) % size, packParts(own.slice(child - at, subtreeEnd(child, size) - at)));
        }
        operation.end(own[0]!);
      };
      if (at !== 0) operation.expect((parentOf(at) + root) % size, (bytes) => pass(partsIn(bytes)));
      else if (parts!.length === size) pass(parts!.map((_, i) => parts![(i + root) % size]!));
      else operation.fail(new CollectiveError(`scatter: ${parts!.length} parts for a team of ${size} places`));
    });
  }

  /** The combination of all members' bytes in the order of their ranks, at the member with rank `root`; no bytes at the others. */
  reduce(
    team: Team,
    root: number,
    bytes: Uint8Array,
    combine: Combine,
    ended: Ended<Uint8Array>,
    elements: Elements = WHOLE,
  ): void {
    this.#reduceTree(team, "reduce", root, bytes, combine, elements, false, ended);
  }

  /** The combination of all members' bytes in the order of their ranks, at all members. Its shape depends on their number alone. */
  allReduce(team: Team, bytes: Uint8Array, combine: Combine, ended: Ended<Uint8Array>, elements: Elements = WHOLE): void {
    this.#reduceTree(team, "allReduce", 0, bytes, combine, elements, true, ended);
  }

  /** The combination of the bytes of all members with lower ranks; null at rank 0. */
  scan(team: Team, bytes: Uint8Array, combine: Combine, ended: Ended<Uint8Array | null>, elements: Elements = WHOLE): void {
    const gets = (given: Uint8Array[], rank: number): Uint8Array | null => prefixInTree(given, rank, combine);
    this.#begin<Uint8Array | null>(
      team,
      "scan",
      0,
      ended,
      { ...giving(bytes), gets, elements, combine },
      (operation, rank, size) => {
        const children = childrenOf(rank, size);
        operation.expectAll(children, (parts) => {
          const total = (before: Uint8Array | null, upTo: number): Uint8Array => {
            const sum = before === null ? bytes.slice() : before.slice();
            if (before !== null) combine(sum, bytes);
            for (const part of parts.slice(0, upTo)) combine(sum, part);
            return sum;
          };
          const pass = (before: Uint8Array | null): void => {
            for (const [i, child] of children.entries()) operation.send(child, total(before, i));
            operation.end(before);
          };
          if (rank === 0) return pass(null);
          operation.send(parentOf(rank), total(null, parts.length));
          operation.expect(parentOf(rank), (before) => pass(before.slice()));
        });
      },
    );
  }

  /** Part r of the member with rank i, at the member with rank r, as its part i. */
  allToAll(team: Team, parts: readonly Uint8Array[], ended: Ended<Uint8Array[]>): void {
    const atOnce = {
      bytes: packedBytes(parts),
      gives: () => packParts(parts),
      gets: (given: Uint8Array[], rank: number) => given.map((it) => partsIn(it)[rank]!.slice()),
      refuses: parts.length !== team.members.length,
    };
    this.#begin<Uint8Array[]>(team, "allToAll", 0, ended, atOnce, (operation, rank, size) => {
      if (parts.length !== size)
        return operation.fail(new CollectiveError(`allToAll: ${parts.length} parts for a team of ${size} places`));
      const others = Array.from({ length: size - 1 }, (_, i) => (rank + 1 + i) % size);
      for (const other of others) operation.send(other, parts[other]!);
      operation.expectAll(others, (received) => {
        const all = new Array<Uint8Array>(size);
        all[rank] = parts[rank]!;
        for (const [i, other] of others.entries()) all[other] = received[i]!;
        operation.end(all);
      });
    });
  }

  receive(from: number, message: Uint8Array): void {
    const { words, payload } = unpack(message, HEADER);
    const [team, number, name, root] = words as [number, number, number, number];
    const operation = this.#operation(team, number);
    operation.receive(from, titleOf(name, root), payload);
  }

  /** A member is gone: what is under way fails, and so does what is begun later. */
  fail(error: Error): void {
    this.#lost ??= error;
    for (const operation of [...this.#operations.values()]) operation.fail(error);
  }

  #reduceTree(
    team: Team,
    name: Name,
    root: number,
    bytes: Uint8Array,
    combine: Combine,
    elements: Elements,
    toAll: boolean,
    ended: Ended<Uint8Array>,
  ): void {
    const gets = (given: Uint8Array[], rank: number): Uint8Array =>
      toAll || rank === root ? foldInTree(given, combine).slice() : NOTHING;
    this.#begin<Uint8Array>(team, name, root, ended, { ...giving(bytes), gets, elements, combine }, (operation, rank, size) => {
      const children = childrenOf(rank, size);
      const pass = (result: Uint8Array): void => {
        for (const child of children.reverse()) operation.send(child, result);
        operation.end(result);
      };
      operation.expectAll(children, (parts) => {
        const sum = bytes.slice();
        for (const part of parts) combine(sum, part);
        if (rank !== 0) operation.send(parentOf(rank), sum);
        if (toAll) {
          if (rank === 0) pass(sum);
          else operation.expect(parentOf(rank), pass);
        } else if (rank === 0 && root !== 0) {
          operation.send(root, sum);
          operation.end(NOTHING);
        } else if (rank === root && rank !== 0) {
          operation.expect(0, (result) => operation.end(result));
        } else operation.end(rank === root ? sum : NOTHING);
      });
    });
  }

  #begin<T>(
    team: Team,
    name: Name,
    root: number,
    ended: Ended<T>,
    atOnce: AtOnce<T>,
    steps: (operation: Step<T>, rank: number, size: number) => void,
  ): void {
    const rank = team.members.indexOf(this.#link.place);
    const size = team.members.length;
    const number = team.id >= ONCE ? 0 : (this.#next.get(team.id) ?? 0);
    if (team.id < ONCE) this.#next.set(team.id, number + 1);
    if (rank < 0) return ended(new CollectiveError(`${name}: place ${this.#link.place} is no member of the team`));
    if (this.#lost !== null) return ended(this.#lost);
    const isRank = root >= 0 && root < size;
    const noRoot = (): Error => new CollectiveError(`${name}: no member has the rank ${root}; the team has ${size}`);
    const together = team.id === 0 ? this.#together : undefined;
    if (together === undefined && !isRank) return ended(noRoot());
    const operation = this.#operation(team.id, number);
    const send = (to: number, bytes: Uint8Array): void =>
      this.#link.send(team.members[to]!, pack([team.id, number, NAMES.indexOf(name), root]), bytes);
    operation.begin(team.members, titleOf(NAMES.indexOf(name), root), send, ended as Ended<unknown>);
    if (together === undefined) return steps(operation as Step<T>, rank, size);
    const slots = this.#slots!;
    const { bytes, gives, elements = WHOLE, refuses = false } = atOnce;
    const said = {
      number,
      name: NAMES.indexOf(name),
      root: isRank ? root : 0,
      reduction: elements.likeness,
      refuses: refuses || !isRank,
      bytes,
    };
    together.exchange(slots.write(said, bytes <= slots.room ? gives() : null), (all) => {
      if (operation.hasEnded) return; // a place was lost, or the root is none
      slots.read(all);
      operation.guard(() => this.#agreed(name, root, rank, size, operation, atOnce, steps));
    });
    if (!isRank) operation.fail(noRoot());
  }

  /** All have said what they call: they get it, or it comes by the steps. */
  #agreed<T>(
    name: Name,
    root: number,
    rank: number,
    size: number,
    operation: Operation,
    { gives, gets, giver, elements = WHOLE, combine }: AtOnce<T>,
    steps: (operation: Step<T>, rank: number, size: number) => void,
  ): void {
    const slots = this.#slots!;
    const error = slots.disagreement(rank, titleOf, COMBINING.has(name));
    if (error !== null) return operation.fail(error);
    const data = Array.from({ length: size }, (_, place) =>
      !slots.has(place) ? null : giver === undefined || giver === place ? slots.dataOf(place) : NOTHING,
    );
    if (!data.includes(null)) return operation.end(gets(data as Uint8Array[], rank));
    const lengths = data.map((_, place) => slots.bytesOf(place));
    const call = { name, root, own: gives(), lengths, combine, elementBytes: elements.bytes };
    if (!this.#long!.begin(call, (result) => operation.end(result))) steps(operation as Step<T>, rank, size);
  }

  #operation(team: number, number: number): Operation {
    const key = `${team}:${number}`;
    let operation = this.#operations.get(key);
    if (operation === undefined) {
      operation = new Operation(() => this.#operations.delete(key));
      this.#operations.set(key, operation);
    }
    return operation;
  }
}
