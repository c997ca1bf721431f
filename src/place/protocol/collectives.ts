/**
 * Collective operations on bytes, over teams of places: every member calls the same operations of its team in the same order. They go over
 * binomial trees of the team's ranks. See README.md, "Collectives".
 */
import { CollectiveError } from "../../errors.ts";
import type { Link, Protocol } from "../../net/link.ts";
import { ONCE, type Team } from "./members.ts";
import { pack, packParts, unpack, unpackParts } from "./message.ts";
import { type Ended, Operation, type Step } from "./operation.ts";
import { childrenOf, parentOf, subtreeEnd } from "./tree.ts";

/** Makes `into` the combination of itself and what the ranks behind it have brought. */
export type Combine = (into: Uint8Array, from: Uint8Array) => void;

const NAMES = ["barrier", "broadcast", "gather", "allGather", "scatter", "reduce", "allReduce", "scan", "allToAll"] as const;
type Name = (typeof NAMES)[number];

const NOTHING = new Uint8Array(0);
const HEADER = 4;

export class Collectives implements Protocol {
  readonly #link: Link;
  /** By team and number of the operation. One that others have begun first has no steps yet, only messages. */
  readonly #operations = new Map<string, Operation>();
  readonly #next = new Map<number, number>();
  #lost: Error | null = null;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Ends at each member when all have called it. */
  barrier(team: Team, ended: Ended<void>): void {
    this.#reduceTree(
      team,
      "barrier",
      0,
      NOTHING,
      () => {},
      true,
      (error) => ended(error),
    );
  }

  /** `bytes` of the member with rank `root`, at all members. The others give none. */
  broadcast(team: Team, root: number, bytes: Uint8Array | null, ended: Ended<Uint8Array>): void {
    this.#begin<Uint8Array>(team, "broadcast", root, ended, (operation, rank, size) => {
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
    this.#begin<Uint8Array[]>(team, "gather", root, ended, (operation, rank, size) => {
      const at = (rank - root + size) % size;
      const children = childrenOf(at, size);
      operation.expectAll(
        children.map((child) => (child + root) % size),
        (parts) => {
          const all = [bytes, ...parts.flatMap(unpackParts)];
          if (at !== 0) operation.send((parentOf(at) + root) % size, packParts(all));
          operation.end(at !== 0 ? [] : all.map((_, i) => all[(i - root + size) % size]!));
        },
      );
    });
  }

  /** The bytes of all members by rank, at all members. */
  allGather(team: Team, bytes: Uint8Array, ended: Ended<Uint8Array[]>): void {
    this.#begin<Uint8Array[]>(team, "allGather", 0, ended, (operation, rank, size) => {
      const children = childrenOf(rank, size);
      const pass = (all: Uint8Array): void => {
        for (const child of children.reverse()) operation.send(child, all);
        operation.end(unpackParts(all));
      };
      operation.expectAll(children, (parts) => {
        const all = packParts([bytes, ...parts.flatMap(unpackParts)]);
        if (rank === 0) return pass(all);
        operation.send(parentOf(rank), all);
        operation.expect(parentOf(rank), pass);
      });
    });
  }

  /** Part i of the member with rank `root`, at the member with rank i. The others give none. */
  scatter(team: Team, root: number, parts: readonly Uint8Array[] | null, ended: Ended<Uint8Array>): void {
    this.#begin<Uint8Array>(team, "scatter", root, ended, (operation, rank, size) => {
      const at = (rank - root + size) % size;
      const pass = (own: readonly Uint8Array[]): void => {
        for (const child of childrenOf(at, size).reverse()) {
          operation.send((child + root) % size, packParts(own.slice(child - at, subtreeEnd(child, size) - at)));
        }
        operation.end(own[0]!);
      };
      if (at !== 0) operation.expect((parentOf(at) + root) % size, (bytes) => pass(unpackParts(bytes)));
      else if (parts!.length === size) pass(parts!.map((_, i) => parts![(i + root) % size]!));
      else operation.fail(new CollectiveError(`scatter: ${parts!.length} parts for a team of ${size} places`));
    });
  }

  /** The combination of all members' bytes in the order of their ranks, at the member with rank `root`; no bytes at the others. */
  reduce(team: Team, root: number, bytes: Uint8Array, combine: Combine, ended: Ended<Uint8Array>): void {
    this.#reduceTree(team, "reduce", root, bytes, combine, false, ended);
  }

  /** The combination of all members' bytes in the order of their ranks, at all members. Its shape depends on their number alone. */
  allReduce(team: Team, bytes: Uint8Array, combine: Combine, ended: Ended<Uint8Array>): void {
    this.#reduceTree(team, "allReduce", 0, bytes, combine, true, ended);
  }

  /** The combination of the bytes of all members with lower ranks; null at rank 0. */
  scan(team: Team, bytes: Uint8Array, combine: Combine, ended: Ended<Uint8Array | null>): void {
    this.#begin<Uint8Array | null>(team, "scan", 0, ended, (operation, rank, size) => {
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
    });
  }

  /** Part r of the member with rank i, at the member with rank r, as its part i. */
  allToAll(team: Team, parts: readonly Uint8Array[], ended: Ended<Uint8Array[]>): void {
    this.#begin<Uint8Array[]>(team, "allToAll", 0, ended, (operation, rank, size) => {
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
    operation.receive(from, `${NAMES[name]} with root ${root}`, payload.slice());
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
    toAll: boolean,
    ended: Ended<Uint8Array>,
  ): void {
    this.#begin<Uint8Array>(team, name, root, ended, (operation, rank, size) => {
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
    steps: (operation: Step<T>, rank: number, size: number) => void,
  ): void {
    const rank = team.members.indexOf(this.#link.place);
    const size = team.members.length;
    const number = team.id >= ONCE ? 0 : (this.#next.get(team.id) ?? 0);
    if (team.id < ONCE) this.#next.set(team.id, number + 1);
    if (rank < 0) return ended(new CollectiveError(`${name}: place ${this.#link.place} is no member of the team`));
    if (!(root >= 0 && root < size))
      return ended(new CollectiveError(`${name}: no member has the rank ${root}; the team has ${size}`));
    if (this.#lost !== null) return ended(this.#lost);
    const operation = this.#operation(team.id, number);
    const header = pack([team.id, number, NAMES.indexOf(name), root]);
    const send = (to: number, bytes: Uint8Array): void => {
      const message = new Uint8Array(header.length + bytes.length);
      message.set(header);
      message.set(bytes, header.length);
      this.#link.send(team.members[to]!, message);
    };
    operation.begin(team.members, `${name} with root ${root}`, send, ended as Ended<unknown>);
    steps(operation as Step<T>, rank, size);
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
