import { CrossingError, ObjectBusyError, UsageError } from "../../errors.ts";
import { type Future, runningTask } from "../../sched/core.ts";
import { registerCrossing } from "../../sched/crossing.ts";
import { Body, type BodyKind, type SpawnOptions, type TaskDefinition } from "../../sched/definition.ts";
import { serialPlaces } from "../../sched/places.ts";
import { State } from "../../sched/state.ts";
import type { Station } from "../../sched/station.ts";
import { shown } from "../../shared/given.ts";
import { OF_OBJECT } from "../../shared/mailbox.ts";
import { spawnNow } from "../../task/options.ts";
import type { ResultOf } from "../../task/task.ts";
import { whereabouts } from "../../task/whereabouts.ts";
import { placeHere } from "../here.ts";
import { homeOf } from "../protocol/directory.ts";
import { callInTurn, type Turn } from "./serial.ts";

type AnyMethod = (...args: never[]) => unknown;

/** The names of a class's methods. */
export type MethodOf<T> = { [K in keyof T]: T[K] extends AnyMethod ? K : never }[keyof T] & string;

/** What a call of a method takes and gives. */
export type ArgumentsOf<T, K extends keyof T> = T[K] extends (...args: infer A) => unknown ? A : never;
export type AnswerOf<T, K extends keyof T> = T[K] extends (...args: never[]) => infer R ? ResultOf<R> : never;

/** The methods of an object, as its handle has them: each returns a future. */
export type RemoteMethods<T> = {
  readonly [K in keyof T as T[K] extends AnyMethod ? Exclude<K, keyof MobileRef> : never]: (
    ...args: ArgumentsOf<T, K>
  ) => Future<AnswerOf<T, K>>;
};

/** The handle of an object of class `T`: `call`, `migrate` and so on, and the methods of `T`. */
export type Mobile<T = unknown> = MobileRef<T> & RemoteMethods<T>;

/** @internal What a handle knows of the class. */
export interface MobileDefinition {
  readonly key: string;
  readonly className: string;
  readonly interleave: boolean;
  readonly bodies: { readonly [kind in BodyKind]: TaskDefinition };
  readonly move: TaskDefinition;
  readonly end: TaskDefinition;
  kindOf(method: string): BodyKind | undefined;
  refTo(id: number): MobileRef;
}

const classes = new Map<string, MobileDefinition>();

/** In serial mode each place has a class of its own. */
const nameAt = (key: string, place: number): string => (place === 0 ? key : `${place} ${key}`);

/** @internal */
export function addClass(definition: MobileDefinition, place: number): void {
  classes.set(nameAt(definition.key, place), definition);
}
/** @internal */
export const classOf = (key: string, place: number = serialPlaces?.here() ?? 0): MobileDefinition | undefined =>
  classes.get(nameAt(key, place));

const MADE_HERE = Symbol("mobile object");

/**
 * The handle of an object that may move between places (Charm++'s chare, PREMA's mobile object). It is a value: it goes to other tasks, objects and places
 * as an argument or result, also through collective operations, and stays valid wherever the object moves.
 *
 * A call returns a future and never blocks. It runs where the object is, at the worker that has it. Calls to one object run one at a time, each to the end of its body; an async
 * method holds the object until its promise is settled, unless the class was declared with `interleave`. Calls that one place makes to one object begin in the order
 * in which its threads made them, whatever moves meanwhile; between calls of different places there is no order. None is lost while the object moves, and each runs once.
 *
 * Calls fail with what the method throws, with ObjectGoneError (`HEDDLE_OBJECT_GONE`) when the object was destroyed, with PlaceLostError
 * (`HEDDLE_PLACE_LOST`) when its place is lost, and with CrossingError (`HEDDLE_CANNOT_CROSS`) for results that cannot go to other places.
 */
export class MobileRef<T = unknown> {
  readonly #id: number;
  readonly #key: string;

  /** @internal */
  constructor(token: symbol, id: number, key: string) {
    if (token !== MADE_HERE) throw new UsageError("new MobileRef(): objects are made by mobile(import.meta, Class).create()");
    this.#id = id;
    this.#key = key;
  }

  /** The object's name for the whole program, which nothing else has or will have. */
  get id(): string {
    return `${homeOf(this.#id)}.${this.#id % 2 ** 32}`;
  }

  /** Whether it is the same object. */
  equals(other: { readonly id: string }): boolean {
    return other.id === this.id;
  }

  /**
   * Calls a method: `counter.call("add", 3)` is `counter.add(3)`, for methods that are called as one of the handle's own is, too.
   *
   * @throws UsageError `HEDDLE_USAGE` when the class has no such method; CrossingError `HEDDLE_CANNOT_CROSS` for arguments that cannot go to other places.
   */
  call<K extends MethodOf<T>>(method: K, ...args: ArgumentsOf<T, K>): Future<AnswerOf<T, K>> {
    const of = this.#class();
    const kind = of.kindOf(method);
    if (kind === undefined) throw new UsageError(`${of.className} has no method ${JSON.stringify(method)}`);
    return this.#send(of.bodies[kind], `${of.className}.${method}`, [this.#id, method, args], false) as never;
  }

  /**
   * Moves the object to a place, after the calls that were made before; calls made meanwhile follow it. Its fields are copied by the rules for arguments of remote tasks; arrays on
   * the heap that fields hold move along, and those left behind are freed. Fails, and leaves the object where it is, with CrossingError
   * (`HEDDLE_CANNOT_CROSS`) for fields that cannot cross, and with PlaceLostError (`HEDDLE_PLACE_LOST`) for a place that is lost.
   *
   * @throws UsageError `HEDDLE_USAGE` when there is no such place.
   */
  migrate(place: number): Future<void> {
    const { places } = whereabouts();
    if (!(Number.isInteger(place) && place >= 0 && place < places))
      throw new UsageError(`migrate: place is ${shown(place)}; places are numbered from 0 to ${places - 1}`);
    const of = this.#class();
    return this.#send(of.move, `${of.className}.migrate`, [this.#id, place], true) as Future<void>;
  }

  /**
   * Ends the object, after the calls that were made before: its `[Symbol.dispose]` is called, if it has one; else the arrays on the heap that its fields
   * hold are freed. Calls that come later fail with ObjectGoneError (`HEDDLE_OBJECT_GONE`).
   */
  destroy(): Future<void> {
    const of = this.#class();
    return this.#send(of.end, `${of.className}.destroy`, [this.#id], true) as Future<void>;
  }

  /** The place where the object is when it is this call's turn. */
  where(): Future<number> {
    const of = this.#class();
    return this.#send(of.bodies[Body.PLAIN], `${of.className}.where`, [this.#id, null, []], false) as Future<number>;
  }

  toString(): string {
    return `${classOf(this.#key)?.className ?? "object"} ${this.id}`;
  }

  /** @internal */
  get description(): readonly [id: number, key: string] {
    return [this.#id, this.#key];
  }

  #class(): MobileDefinition {
    const of = classOf(this.#key);
    if (of !== undefined) return of;
    throw new CrossingError(
      `This thread has not imported the module with the class ${this.#key.split("#")[1]}: import it where its objects are called`,
      this.#key,
    );
  }

  #send(def: TaskDefinition, name: string, args: unknown[], alone: boolean): Future<unknown> {
    const onlyOne = alone || !this.#class().interleave;
    const future =
      placeHere().station === null
        ? callInTurn(this.#id, def, name, args, { alone, exclusive: onlyOne })
        : sendCall(this.#id, def, name, args, { alone, exclusive: onlyOne });
    const caller = methodRunning(this.#id);
    return caller === null || !onlyOne ? future : mayNotWait(future, caller, name);
  }
}

/** @internal What a subclass passes on. */
export const refArguments = (id: number, key: string): [symbol, number, string] => [MADE_HERE, id, key];

/** @internal */
export const makeRef = (id: number, key: string): MobileRef => new MobileRef(MADE_HERE, id, key);

function sendCall(id: number, def: TaskDefinition, name: string, args: unknown[], turn: Turn): Future<unknown> {
  const options: SpawnOptions = { name, place: OF_OBJECT, object: { id, ...turn } };
  return spawnNow(def, args, options);
}

/** The running task, if it is a method of this object. */
function methodRunning(id: number): Future<unknown> | null {
  const task = runningTask();
  if (task === null || task.more?.options?.name === undefined || task.more.args?.[0] !== id) return null;
  const { url, order } = task.def;
  const isMethod = (def: TaskDefinition): boolean => def.url === url && def.order === order;
  return [...classes.values()].some(({ bodies }) => Object.values(bodies).some(isMethod)) ? task : null;
}

/** A future that must not be waited for as long as `caller` runs. */
function mayNotWait(future: Future<unknown>, caller: Future<unknown>, name: string): Future<unknown> {
  const refuse = (): ObjectBusyError | null =>
    runningTask() === caller && caller.state < State.DONE
      ? new ObjectBusyError(
          `${name}: a method waits for a call of its own object, which has to wait until the method has ended. Do not await it; or call the method of \`this\`; or declare the class with interleave.`,
        )
      : null;
  const { then, join } = future;
  const each = future[Symbol.iterator];
  Object.defineProperties(future, {
    then: {
      value(...handlers: Parameters<typeof then>) {
        const error = refuse();
        return error === null ? then.apply(future, handlers) : Promise.reject(error).then(...(handlers as []));
      },
    },
    join: {
      value() {
        const error = refuse();
        if (error !== null) throw error;
        return join.call(future);
      },
    },
    [Symbol.iterator]: {
      value() {
        const error = refuse();
        if (error !== null) throw error;
        return each.call(future);
      },
    },
  });
  return future;
}

const describe = (value: object, station: Station | null): unknown => {
  if (!(value instanceof MobileRef)) return undefined;
  const [, key] = value.description;
  const of = classOf(key);
  if (of !== undefined) station?.idOf(of.move); // so that the module with the class is imported wherever the handle goes
  return value.description;
};
const revive = (data: unknown): MobileRef => {
  const [id, key] = data as readonly [number, string];
  return classOf(key)?.refTo(id) ?? makeRef(id, key);
};
registerCrossing({ tag: "mobile object", describe, revive, away: { describe, revive } });
