/**
 * Collective operations on bytes, over teams of places: every member calls the same operations of its team in the same order. They go over
 * binomial trees of the team's ranks. Results are valid until `ended` has returned. See README.md, "Collectives".
 */
import { CollectiveError, UsageError } from "../../errors.ts";
import type { Link, Protocol } from "../../net/link.ts";
import type { TransportCollectives } from "../../net/transport.ts";
import { Slots } from "./agreement.ts";
import { type AtOnce, copies, giving, NOTHING } from "./at-once.ts";
import { foldInTree, prefixInTree } from "./fold.ts";
import { LongData, type Room } from "./long.ts";
import { ONCE, type Team } from "./members.ts";
import { pack, packedBytes, packParts, partsIn, unpack, unpackParts } from "./message.ts";
import { type Ended, Operation, type Step } from "./operation.ts";
import { callNumber, callTitle, isLike, mixOf, type Name, type Purpose, type Title } from "./titles.ts";
import { childrenOf, parentOf, subtreeEnd } from "./tree.ts";
import { Turns } from "./turns.ts";

/** Makes `into` the combination of itself and what the ranks behind it have brought. */
export type Combine = (into: Uint8Array, from: Uint8Array) => void;

/** What is combined. */
export interface Elements {
  /** So that all members combine the same: equal numbers, from 0 to 65535, for what goes together. */
  readonly likeness: number;
  /** How long one is, if they are combined one by one; else 0. */
  readonly bytes: number;
}

const WHOLE: Elements = { likeness: 0, bytes: 0 };
const HEADER = 6;
/** What a message is: data; that its sender takes part, where it has no data for the parent; that all fail. */
const Kind = { DATA: 0, TAKES_PART: 1, REFUSES: 2 } as const;
const COMBINING: ReadonlySet<Name> = new Set(["reduce", "allReduce", "scan"]);

const freshRoom: Room = (lengths) => new Uint8Array(new ArrayBuffer(lengths.reduce((a, b) => a + b, 0)));
const isUsage = (error: Error): boolean => (error as { code?: string }).code === "HEDDLE_USAGE";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Collectives implements Protocol {
  readonly #link: Link;
  readonly #together: TransportCollectives | undefined;
  readonly #slots: Slots | null;
  readonly #long: LongData | null;
  /** By team and number of the operation. One that others have begun first has no steps yet, only messages. */
  readonly #operations = new Map<string, Operation>();
  readonly #turns = new Map<number, Turns>();
  #lost: Error | null = null;

  /** With `together`, what the transport can do for all places at once, the team of all uses it; the others send messages. `room` is where long results come to lie. */
  constructor(link: Link, together?: TransportCollectives, room: Room = freshRoom) {
    this.#link = link;
    this.#together = together;
    this.#slots = together === undefined ? null : new Slots(together.slotBytes, link.places);
    this.#long = together === undefined ? null : new LongData(together, link.place, link.places, room);
  }

  /** Ends at each member when all have called it. */
  barrier(team: Team, ended: Ended<void>, purpose?: Purpose): void {
    this.#reduceTree(
      team,
      "barrier",
      0,
      NOTHING,
      () => {},
      WHOLE,
      true,
      (error) => ended(error),
      purpose,
    );
  }

  /** `bytes` of the member with rank `root`, at all members. The others give none. */
  broadcast(team: Team, root: number, bytes: Uint8Array | null, ended: Ended<Uint8Array>, purpose?: Purpose): void {
    const atOnce = { ...giving(bytes ?? NOTHING), gets: (given: Uint8Array[]) => given[root]!.slice(), giver: root };
    this.#begin<Uint8Array>(team, { name: "broadcast", purpose }, root, ended, atOnce, (operation, rank, size) => {
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
  gather(team: Team, root: number, bytes: Uint8Array, ended: Ended<Uint8Array[]>, purpose?: Purpose): void {
    const atOnce = { ...giving(bytes), gets: (given: Uint8Array[], rank: number) => (rank === root ? copies(given) : []) };
    this.#begin<Uint8Array[]>(team, { name: "gather", purpose }, root, ended, atOnce, (operation, rank, size) => {
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
  allGather(team: Team, bytes: Uint8Array, ended: Ended<Uint8Array[]>, purpose?: Purpose): void {
    const atOnce = { ...giving(bytes), gets: copies };
    this.#begin<Uint8Array[]>(team, { name: "allGather", purpose }, 0, ended, atOnce, (operation, rank, size) => {
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
    this.#begin<Uint8Array>(team, { name: "scatter" }, root, ended, atOnce, (operation, rank, size) => {
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
      { name: "scan" },
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
    this.#begin<Uint8Array[]>(team, { name: "allToAll" }, 0, ended, atOnce, (operation, rank, size) => {
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
    const [team, number, kind, call, root, likeness] = words as [number, number, number, number, number, number];
    const turns = this.#turns.get(team);
    const operation = this.#operations.get(keyOf(team, number));
    if (operation === undefined && turns?.has(number) === true) {
      if (kind !== Kind.REFUSES) this.#comesLate(team, turns, number, from, { call, root, likeness });
      return;
    }
    const it = operation ?? this.#operation(team, number);
    if (kind === Kind.REFUSES) {
      const text = decoder.decode(payload.slice());
      return it.refused(root === 1 ? new UsageError(text) : new CollectiveError(text));
    }
    it.hear(from, { call, root, likeness });
    if (kind === Kind.DATA) it.receive(from, payload);
  }

  /** For an operation that has ended here, which may have needed nothing of that member. What this member calls next fails if they called different ones. */
  #comesLate(team: number, turns: Turns, number: number, from: number, title: Title): void {
    const mine = turns.titleOf(number);
    if (mine === null || isLike(mine, title)) return;
    const { own, others } = mixOf(this.#link.place, mine, from, title);
    turns.leave(number, null);
    this.#refuse(team, turns.members, number, own, others);
    const open = turns.open.values().next();
    if (open.done === true) turns.late ??= { own, others };
    else open.value.fail(own, others);
  }

  #refuse(team: number, members: readonly number[], number: number, error: Error, others: string): void {
    const header = [team, number, Kind.REFUSES, 0, isUsage(error) ? 1 : 0, 0];
    const text = encoder.encode(others);
    for (const place of members) if (place !== this.#link.place) this.#link.send(place, pack(header), text);
  }

  /** A member is gone: what is under way fails, and so does what is begun later. */
  fail(error: Error): void {
    this.#lost ??= error;
    for (const operation of [...this.#operations.values()]) operation.abort(error);
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
    purpose?: Purpose,
  ): void {
    const gets = (given: Uint8Array[], rank: number): Uint8Array =>
      toAll || rank === root ? foldInTree(given, combine).slice() : NOTHING;
    this.#begin<Uint8Array>(
      team,
      { name, purpose },
      root,
      ended,
      { ...giving(bytes), gets, elements, combine },
      (operation, rank, size) => {
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
      },
    );
  }

  #begin<T>(
    team: Team,
    { name, purpose }: { readonly name: Name; readonly purpose?: Purpose | undefined },
    root: number,
    ended: Ended<T>,
    atOnce: AtOnce<T>,
    steps: (operation: Step<T>, rank: number, size: number) => void,
  ): void {
    const { place } = this.#link;
    const rank = team.members.indexOf(place);
    const size = team.members.length;
    const turns = this.#turnsOf(team);
    const number = turns?.take() ?? 0;
    if (rank < 0) return ended(new CollectiveError(`${name}: place ${place} is no member of the team`));
    if (this.#lost !== null) return ended(this.#lost);
    const isRank = root >= 0 && root < size;
    const noRoot = (): Error => new CollectiveError(`${name}: no member has the rank ${root}; the team has ${size}`);
    const together = team.id === 0 ? this.#together : undefined;
    if (together === undefined && !isRank) return ended(noRoot());
    const { bytes, gives, elements = WHOLE, refuses = false } = atOnce;
    const title: Title = { call: callNumber(name, purpose), root, likeness: COMBINING.has(name) ? elements.likeness : 0 };
    const operation = this.#operation(team.id, number);
    const send = (to: number, kind: number, its: Uint8Array): void =>
      this.#link.send(team.members[to]!, pack([team.id, number, kind, title.call, root, title.likeness]), its);
    turns?.open.set(number, operation);
    operation.onEnd = (failed) => {
      this.#operations.delete(keyOf(team.id, number));
      turns?.open.delete(number);
      if (together === undefined) turns?.leave(number, failed ? null : title);
    };
    operation.begin({
      place,
      members: team.members,
      title,
      send: (to, its) => send(to, Kind.DATA, its),
      refuse: (error, others) => {
        if (together === undefined) this.#refuse(team.id, team.members, number, error, others);
      },
      ended: ended as Ended<unknown>,
    });
    if (together === undefined) {
      const late = turns?.takeLate() ?? null;
      if (late !== null) operation.fail(late.own, late.others);
      if (operation.hasEnded) return;
      if (rank > 0 && tellsApart(name, root)) send(parentOf(rank), Kind.TAKES_PART, NOTHING);
      return operation.guard(() => steps(operation as Step<T>, rank, size));
    }
    const slots = this.#slots!;
    const said = {
      number,
      name: title.call,
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
    const error = slots.disagreement(rank, callTitle, COMBINING.has(name));
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
    const key = keyOf(team, number);
    let operation = this.#operations.get(key);
    if (operation === undefined) this.#operations.set(key, (operation = new Operation()));
    return operation;
  }

  /** Null for teams of one operation. */
  #turnsOf({ id, members }: Team): Turns | null {
    if (id >= ONCE) return null;
    let turns = this.#turns.get(id);
    if (turns === undefined) this.#turns.set(id, (turns = new Turns(members)));
    return turns;
  }
}

const keyOf = (team: number, number: number): string => `${team}:${number}`;

/** Whether members say to their parents in the tree that they take part, since their data goes other ways: so the parent compares. */
const tellsApart = (name: Name, root: number): boolean =>
  name === "broadcast" || name === "scatter" || (name === "gather" && root !== 0);
