import { TaskDefinitionError, UsageError } from "../../errors.ts";
import type { Future } from "../../sched/core.ts";
import { framesBeneath } from "../../sched/spawn-site.ts";
import { registeredFor } from "../../shared/codec/registry.ts";
import { DEFINITION_FRAMES, refuseInsideFunction } from "../../task/task.ts";
import type { BalancePolicy, ObjectLoad, ObjectMove } from "./balance.ts";
import { type Complete, Definition, handles } from "./definition.ts";
import type { Mobile } from "./ref.ts";

export type AnyClass = new (...args: never[]) => object;

export interface MobileOptions<T, P = unknown> {
  /** Lets a call begin while async and generator methods wait; each still begins in its turn, and moves wait until nothing runs. Default: one at a time. */
  readonly interleave?: boolean;
  /** What an object takes along when it moves. Default: as for `crosses`, where the class is registered with it; else its own fields. */
  readonly encode?: (instance: T) => P;
  /** The object at its new place. Default: an object of the class with these fields; no constructor is called. */
  readonly decode?: (state: P) => T;
  /** How much work an object is, for `balance`. Default: the milliseconds that its methods took since the last time. */
  readonly load?: (instance: T) => number;
}

/** Ways to make objects of a class. */
export interface Creator<C extends AnyClass> {
  /**
   * Makes an object by `new Class(...args)`, at a worker of the place. The future of its handle. Never blocks. Arguments go by the rules for remote tasks.
   *
   * Fails with what the constructor throws, and with NameTakenError (`HEDDLE_NAME_TAKEN`).
   */
  create(...args: ConstructorParameters<C>): Future<Mobile<InstanceType<C>>>;
  /** At a place, by its number from 0; default is the one that asks. @throws UsageError `HEDDLE_USAGE` when there is no such place. */
  at(place: number): Creator<C>;
  /** With a name by which every place finds the object. */
  named(name: string): Creator<C>;
}

/** A class whose objects may move between places. */
export interface MobileClass<C extends AnyClass> extends Creator<C> {
  /** The object of that name. Fails with NameUnknownError (`HEDDLE_NAME_UNKNOWN`) when there is none, or not yet. */
  find(name: string): Future<Mobile<InstanceType<C>>>;
  /** All objects of the class, with what they have cost since the last time. */
  loads(): Future<readonly ObjectLoad<InstanceType<C>>[]>;
  /**
   * Moves objects of the class so that all places have about the same work: `policy` gets what the objects have cost since the last time, and says which are to
   * go where; default is `greedyBalance`. The future of the moves that were made is there when all have arrived. One caller at a time.
   */
  balance(policy?: BalancePolicy<InstanceType<C>>): Future<readonly ObjectMove<InstanceType<C>>[]>;
}

/**
 * Makes a class one whose objects live at places, are called from everywhere, and may move (Charm++'s chares, PREMA's mobile objects). Call it at the top level of
 * the module that defines the class, which the workers of all places import.
 *
 * ```ts
 * class Counter {
 *   count = 0;
 *   add(n: number): number {
 *     return (this.count += n);
 *   }
 * }
 * export const counters = mobile(import.meta, Counter);
 *
 * const counter = await counters.at(1).create();
 * await counter.add(3);
 * await counter.migrate(2);
 * await counter.add(4); // 7
 * ```
 *
 * A method may be plain, a generator or async, and waits as a task of that kind does; a `finish` around a call covers it and all that it spawns. Private fields and methods (`#x`)
 * do not move: a class that has them needs `encode` and `decode`.
 *
 * @throws TaskDefinitionError `HEDDLE_TASK_DEFINITION` inside a function, for something that is no class, and for one with private fields and without `encode` and `decode`.
 */
export function mobile<C extends AnyClass, P = unknown>(
  meta: { readonly url: string },
  Class: C,
  options: MobileOptions<InstanceType<C>, P> = {},
): MobileClass<C> {
  if (typeof meta?.url !== "string") throw new TaskDefinitionError("mobile: the first argument must be `import.meta`");
  const source = typeof Class === "function" ? Function.prototype.toString.call(Class) : "";
  if (!source.startsWith("class")) throw new TaskDefinitionError("mobile: the second argument must be a class");
  if (Class.name === "") throw new TaskDefinitionError("mobile: the class needs a name");
  refuseInsideFunction("mobile class", Class.name, framesBeneath(mobile, DEFINITION_FRAMES));
  const { encode, decode } = options;
  if ((encode === undefined) !== (decode === undefined))
    throw new UsageError(`mobile: ${Class.name} is given one of encode and decode; it needs both or none`);
  const how = registeredFor(Class.prototype)?.how;
  if (encode === undefined && how === undefined && /\bthis\.#\w/.test(source)) {
    throw new TaskDefinitionError(
      `mobile: ${Class.name} has private fields or methods (#x), which do not move with an object: pass { encode, decode }, or make them ordinary ones`,
    );
  }
  return new Definition(meta.url, Class, source, {
    ...options,
    encode: encode ?? how?.encode ?? ((instance: object) => ({ ...instance })),
    decode: decode ?? how?.decode ?? ((fields: object) => Object.assign(Object.create(Class.prototype), fields)),
  } as Complete) as unknown as MobileClass<C>;
}

/**
 * The handle of an object, for its own methods: `mobileOf(this)`. To be given to others, and for calls that are to run when this one has ended; a method must not wait for those.
 *
 * @throws UsageError `HEDDLE_USAGE` in the constructor, and for what is no object of a mobile class.
 */
export function mobileOf<T extends object>(instance: T): Mobile<T> {
  const ref = handles.get(instance);
  if (ref === undefined) throw new UsageError("mobileOf: this is no object of a mobile class, or its constructor still runs");
  return ref as Mobile<T>;
}
