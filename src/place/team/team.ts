import { CollectiveError, UsageError } from "../../errors.ts";
import { fulfil, gather, openFuture } from "../../pattern/derive.ts";
import { type Future, runningTask } from "../../sched/core.ts";
import { registerCrossing } from "../../sched/crossing.ts";
import { serialPlaces } from "../../sched/places.ts";
import { watch } from "../../sched/watch.ts";
import { ArrayKind, kindName, kindOf, type TypedArray } from "../../shared/array-kinds.ts";
import { Control } from "../../shared/layout.ts";
import { placeHere } from "../here.ts";
import { accessed, settled } from "../memory/access.ts";
import { bytesOfElements, plainArray } from "../memory/kinds.ts";
import { COMBINATIONS, type Combination, combineInto } from "../protocol/combine.ts";
import { type Team as Members, ONCE } from "../protocol/members.ts";
import { lengthOf, packLengths, partsIn } from "../protocol/message.ts";
import { PURPOSES, type Purpose } from "../protocol/titles.ts";
import { ask } from "../requests.ts";
import { AskTopic } from "../topics.ts";
import { OPERATIONS, type OperationName, readTeam, writeTeam } from "./requests.ts";
import { theMeeting } from "./serial.ts";
import { decodeValue, encodeValue, joined, type Pieces } from "./values.ts";

/** What a reduction does with two values: one of the names, for numbers and for typed arrays element by element, or any associative function. */
export type Reduction<T> = Combination | ((left: T, right: T) => T);

const MADE_HERE = Symbol("team");

/**
 * Some of the places, which call collective operations together: every member calls the same operations of a team in the same order, from whatever thread. Each
 * returns a future and blocks nobody. Members are known by their rank in the team, from 0.
 *
 * Operations fail with CollectiveError (`HEDDLE_COLLECTIVE`) when another member has called something else, with PlaceLostError
 * (`HEDDLE_PLACE_LOST`) when a place is lost, and with CrossingError (`HEDDLE_CANNOT_CROSS`) for values that cannot go to other places. They throw UsageError
 * (`HEDDLE_USAGE`) for a root that is no rank, and for reductions that do not fit the value, and CollectiveError (`HEDDLE_COLLECTIVE`) in a `main` that runs with `--root-only`.
 */
export class Team {
  readonly #members: Members | null;

  /** @internal */
  constructor(token: symbol, members: Members | null) {
    if (token !== MADE_HERE) throw new UsageError("new Team(): teams are made by splitting another one: world.split(colour)");
    this.#members = members;
  }

  /** The places, by rank. */
  get members(): readonly number[] {
    return this.#its.members;
  }

  /** How many members there are. */
  get size(): number {
    return this.#its.members.length;
  }

  /** The rank of this place. @throws CollectiveError `HEDDLE_COLLECTIVE` when it is no member. */
  get rank(): number {
    const { place } = placeHere();
    const rank = this.#its.members.indexOf(place);
    if (rank < 0) throw new CollectiveError(`place ${place} is no member of this team`);
    return rank;
  }

  /** Ends when every member has called it. */
  barrier(): Future<void> {
    return this.barrierFor(undefined);
  }

  /** @internal As a part of something. */
  barrierFor(purpose: Purpose | undefined): Future<void> {
    return this.#run("barrier", 0, null, () => {}, purpose);
  }

  /** The value of the root, at every member; what the others give is not looked at. */
  broadcast<T>(value: T, root = 0): Future<T> {
    return this.broadcastFor(undefined, value, root);
  }

  /** @internal As a part of something. */
  broadcastFor<T>(purpose: Purpose | undefined, value: T, root = 0): Future<T> {
    return this.#run("broadcast", root, root === this.rank ? [value] : null, (parts) => parts[0] as T, purpose);
  }

  /**
   * Runs `body` at one member, the root, once all have called this; what it returns, or the value of the future or promise that it returns, goes to all. So programs in which every
   * place does the same use what one task calls: `await world.once(() => sort(array))`. A failure of the body is thrown at every member.
   */
  once<T>(body: () => T | PromiseLike<T>, root = 0): Future<T> {
    if (typeof body !== "function") throw new UsageError(`once: the body is ${typeof body}; it must be a function`);
    const isRoot = root === this.rank;
    this.#checkRoot(root, "once");
    const asCaller = watch?.continuation() ?? ((it: () => Future<Outcome>) => it());
    return gather("once", [this.barrierFor("once")], () =>
      gather("once", [isRoot ? asCaller(() => outcomeOf(body)) : settled<Outcome | null>(() => null)], ([mine]) =>
        gather("once", [this.broadcastFor("the value of once", mine ?? null, root)], ([told]) => {
          const outcome = isRoot ? mine! : told!;
          if (outcome.failed) throw outcome.value;
          return outcome.value as T;
        }),
      ),
    );
  }

  /** The values of all members by rank, at the root; an empty list at the others. */
  gather<T>(value: T, root = 0): Future<T[]> {
    return this.#gatherFor(undefined, value, root);
  }

  #gatherFor<T>(purpose: Purpose | undefined, value: T, root: number): Future<T[]> {
    return this.#run("gather", root, [value], (parts) => parts as T[], purpose);
  }

  /** The values of all members by rank, at every member. */
  allGather<T>(value: T): Future<T[]> {
    return this.allGatherFor(undefined, value);
  }

  /** @internal As a part of something. */
  allGatherFor<T>(purpose: Purpose | undefined, value: T): Future<T[]> {
    return this.#run("allGather", 0, [value], (parts) => parts as T[], purpose);
  }

  /** From the root's list, each member gets the value of its rank; what the others give is not looked at. */
  scatter<T>(values: readonly T[] | null, root = 0): Future<T> {
    const isRoot = root === this.rank;
    if (isRoot) this.#checkCount(values, "scatter");
    return this.#run("scatter", root, isRoot ? values : null, (parts) => parts[0] as T);
  }

  /** Each member gives a value for every rank, and gets those that the others gave for it, by rank. */
  allToAll<T>(values: readonly T[]): Future<T[]> {
    this.#checkCount(values, "allToAll");
    return this.#run("allToAll", 0, values, (parts) => parts as T[]);
  }

  /**
   * The values of all members combined in the order of their ranks, at the root; undefined at the others. The shape of the combination depends on the number of members alone,
   * so the same values give the same bits.
   */
  reduce<T>(value: T, reduction: Reduction<T>, root = 0): Future<T | undefined> {
    const isRoot = root === this.rank;
    if (typeof reduction === "function")
      return gather("reduce", [this.#gatherFor("reduce by a function", value, root)], ([all]) =>
        isRoot ? fold(all!, reduction) : undefined,
      );
    return this.#combined("reduce", root, value, reduction, (parts) => (isRoot ? parts[0]! : undefined));
  }

  /** As `reduce`, at every member. */
  allReduce<T>(value: T, reduction: Reduction<T>): Future<T> {
    if (typeof reduction === "function")
      return gather("allReduce", [this.allGatherFor("allReduce by a function", value)], ([all]) => fold(all!, reduction));
    return this.#combined("allReduce", 0, value, reduction, (parts) => parts[0]!);
  }

  /** The values of all members up to this one combined; with `exclusive` of those before it, which is undefined at rank 0. */
  scan<T>(value: T, reduction: Reduction<T>, options?: { readonly exclusive?: false }): Future<T>;
  scan<T>(value: T, reduction: Reduction<T>, options: { readonly exclusive: true }): Future<T | undefined>;
  scan<T>(
    value: T,
    reduction: Reduction<T>,
    { exclusive = false }: { readonly exclusive?: boolean } = {},
  ): Future<T | undefined> {
    const { rank } = this;
    if (typeof reduction === "function") {
      return gather("scan", [this.allGatherFor("scan by a function", value)], ([all]) => {
        const before = all!.slice(0, exclusive ? rank : rank + 1);
        return before.length === 0 ? undefined : before.reduce(reduction);
      });
    }
    const { kind, bytes } = elementsOf(value, reduction, "scan");
    const own = bytes.slice();
    return this.#combined("scan", 0, value, reduction, ([before]) => {
      if (exclusive || before === undefined) return exclusive ? before : valueFrom(value, kind, own);
      const sum = bytesOf(kind, before);
      combineInto(kind, reduction, sum, own);
      return valueFrom(value, kind, sum);
    });
  }

  /**
   * Members that give the same colour make a new team, ordered by `key`, then by rank in this one. Null for those that give a negative colour.
   */
  split(colour: number, key = 0): Future<Team | null> {
    if (!Number.isInteger(colour) || Math.abs(colour) > 0x7fff_ffff)
      throw new UsageError(`split: colour is ${String(colour)}; it must be a whole number`);
    const { station, places } = placeHere();
    refuseAlone("split", this.size);
    if (places === 1) return settled(() => (colour < 0 ? null : this));
    const made = (its: Members | null): Team | null => (its === null ? null : new Team(MADE_HERE, its));
    if (station === null) return theMeeting().split(this.#its, colour, key, made);
    return ask(
      station,
      AskTopic.SPLIT,
      "split",
      (body) => {
        writeTeam(body, this.#its);
        body.i32(colour).f64(key);
      },
      (answer) => made(answer.u8() === 0 ? null : readTeam(answer)),
      undefined,
      { team: this.#its.id },
    );
  }

  get #its(): Members {
    if (this.#members !== null) return this.#members;
    const { places } = placeHere();
    return { id: 0, members: Array.from({ length: places }, (_, i) => i) };
  }

  /** @internal */
  get description(): Members | null {
    return this.#members;
  }

  #checkCount(values: readonly unknown[] | null, what: string): void {
    if (Array.isArray(values) && values.length === this.size) return;
    throw new UsageError(`${what}: expected a list of ${this.size} values, one for each member`);
  }

  #checkRoot(root: number, what: string): void {
    if (Number.isInteger(root) && root >= 0 && root < this.size) return;
    throw new UsageError(`${what}: root is ${String(root)}; ranks go from 0 to ${this.size - 1}`);
  }

  #combined<T, R>(name: OperationName, root: number, value: T, combination: Combination, then: (parts: T[]) => R): Future<R> {
    const { kind, bytes } = elementsOf(value, combination, name);
    return this.#perform(name, root, kind, combination, [[bytes]], (parts) =>
      then(parts.map((it) => valueFrom(value, kind, it.slice()))),
    );
  }

  #run<R>(
    name: OperationName,
    root: number,
    values: readonly unknown[] | null,
    then: (values: unknown[]) => R,
    purpose?: Purpose,
  ): Future<R> {
    const at = placeHere();
    const { station, places } = at;
    this.#checkRoot(root, name);
    refuseAlone(name, this.size);
    if (station === null && places === 1) return accessed(name, () => then([...(values ?? [])]));
    const parts = values?.map((value) => encodeValue(at, value, name)) ?? null;
    return this.#perform(
      name,
      root,
      ArrayKind.UINT8,
      "sum",
      parts,
      (all) => then(all.map((it) => decodeValue(station, it))),
      purpose,
    );
  }

  /** `then` gets parts that lie in shared memory, and keeps none of them. */
  #perform<R>(
    name: OperationName,
    root: number,
    kind: number,
    combination: Combination,
    parts: readonly Pieces[] | null,
    then: (parts: Uint8Array[]) => R,
    purpose?: Purpose,
  ): Future<R> {
    const { station, places } = placeHere();
    this.#checkRoot(root, name);
    refuseAlone(name, this.size);
    if (places === 1) return accessed(name, () => then(name === "scan" ? [] : (parts ?? []).map(joined)));
    if (station === null) {
      const call = { team: this.#its, name, purpose, root, parts: parts?.map(joined) ?? null, kind, combination };
      const meet = (): Future<R> => theMeeting().perform(call, then);
      return watch === null ? meet() : watch.operation(name, meet);
    }
    return ask(
      station,
      AskTopic.COLLECTIVE,
      purpose ?? name,
      (body) => {
        writeTeam(body, this.#its);
        body.u32(OPERATIONS.indexOf(name)).u32(purpose === undefined ? PURPOSES.length : PURPOSES.indexOf(purpose));
        body.u32(root).u32(kind).u32(COMBINATIONS.indexOf(combination));
        if (parts !== null) body.raw(packLengths(parts.map(lengthOf))).behind(parts.flat());
      },
      (answer) => then(answer.left === 0 ? [] : partsIn(answer.rest())),
      undefined,
      { op: name, team: this.#its.id, root: this.#its.members[root]! },
    );
  }
}

/** The main threads of the other places run nothing that could take part. */
export function refuseAlone(what: string, members: number): void {
  const { station, mem } = placeHere();
  const isMain = serialPlaces === null ? station?.slot === 0 : runningTask() === null;
  const isAlone = serialPlaces === null ? mem.i32[Control.ROOT_ONLY] === 1 : serialPlaces.rootOnly;
  if (members === 1 || !isMain || !isAlone) return;
  throw new CollectiveError(
    `${what}: with --root-only main runs at place 0 alone, so no other place would take part. Call it in tasks, one at each member: task.at(p).spawn(); or run main on every place, without --root-only.`,
  );
}

/** All places, for one operation that is the `n`th of its kind at each of them. */
export function worldOnce(n: number): Team {
  return new Team(MADE_HERE, { id: ONCE + (n % ONCE), members: [...world.members] });
}

/** All places. */
export const world: Team = new Team(MADE_HERE, null);

interface Outcome {
  readonly failed: boolean;
  readonly value: unknown;
}

/** What a body returns or throws, as a future that does not fail. */
function outcomeOf(body: () => unknown): Future<Outcome> {
  const future = openFuture<Outcome>("once", () => {});
  void (async () => body())().then(
    (value) => fulfil(future, { failed: false, value }),
    (value: unknown) => fulfil(future, { failed: true, value }),
  );
  return future;
}

const fold = <T>(values: readonly T[], reduction: (left: T, right: T) => T): T =>
  values.reduce((left, right) => reduction(left, right));

/** A number, or the elements of a typed array, as what the communication threads can combine. */
function elementsOf(value: unknown, combination: Combination, what: string): { kind: number; bytes: Uint8Array } {
  if (!COMBINATIONS.includes(combination)) {
    throw new UsageError(
      `${what}: there is no reduction ${JSON.stringify(combination)}; there are ${COMBINATIONS.join(", ")}, and functions`,
    );
  }
  const bitwise = combination === "and" || combination === "or" || combination === "xor";
  if (typeof value === "number") {
    return bitwise
      ? { kind: ArrayKind.INT32, bytes: bytesOf(ArrayKind.INT32, value) }
      : { kind: ArrayKind.FLOAT64, bytes: bytesOf(ArrayKind.FLOAT64, value) };
  }
  const kind = kindOf(value);
  if (kind < 0)
    throw new UsageError(`${what}: "${combination}" combines numbers and typed arrays; for other values give a function`);
  if (bitwise && (kind === ArrayKind.FLOAT16 || kind === ArrayKind.FLOAT32 || kind === ArrayKind.FLOAT64)) {
    throw new UsageError(`${what}: "${combination}" combines integers, not the elements of a ${kindName(kind)}`);
  }
  return { kind, bytes: bytesOfElements(kind, value as TypedArray as unknown as ArrayLike<number>, what) };
}

function bytesOf(kind: number, value: unknown): Uint8Array {
  if (typeof value === "number") return bytesOfElements(kind, [value], "reduce").slice();
  return bytesOfElements(kind, value as ArrayLike<number>, "reduce").slice();
}

/** The bytes as what `like` is: a number or an ordinary typed array. */
function valueFrom<T>(like: T, kind: number, bytes: Uint8Array): T {
  const array = plainArray(kind, bytes) as T & { 0: T };
  return typeof like === "number" ? array[0] : array;
}

const describe = (value: object): unknown => (value instanceof Team ? (value.description ?? 0) : undefined);
const revive = (data: unknown): Team => (data === 0 ? world : new Team(MADE_HERE, data as Members));
registerCrossing({ tag: "team", describe, revive, away: { describe, revive } });
