import { UsageError } from "../../errors.ts";

type ModuleMeta = { readonly url: string };
type AnyClass<T> = abstract new (...args: never[]) => T;

/** How instances of one class cross: as what `encode` returns, which may be anything that crosses. */
export interface ClassCrossing<T, P> {
  /** The name under which the class is registered in its module; the class's own name when left out. */
  readonly name?: string;
  encode(instance: T): P;
  decode(plain: P): T;
}

export interface RegisteredClass {
  /** Module URL and name: the same in every thread. */
  readonly key: string;
  readonly moduleUrl: string;
  readonly source: string;
  readonly prototype: object;
  /** Absent for error classes, which cross as errors do. */
  readonly how: ClassCrossing<object, unknown> | undefined;
}

const byKey = new Map<string, RegisteredClass>();
const byPrototype = new WeakMap<object, RegisteredClass>();

let announce: ((moduleUrl: string) => void) | undefined;

/**
 * Lets instances of `Class` cross between threads. Call it at module level, in the module that defines the class: every
 * thread that imports the module then knows the class, by the module's URL and the class's name. Instances of subclasses
 * do not cross unless the subclass is registered too. Never blocks.
 *
 * ```ts
 * crosses(import.meta, Vector, { encode: (v) => [v.x, v.y], decode: ([x, y]) => new Vector(x, y) });
 * ```
 *
 * @throws UsageError HEDDLE_USAGE for something that is not a class, for a missing `encode` or `decode`, for a class
 * without a name, and for a second class of the same name in the same module.
 */
export function crosses<T extends object, P>(meta: ModuleMeta, Class: AnyClass<T>, how: ClassCrossing<T, P>): void {
  if (typeof how?.encode !== "function" || typeof how.decode !== "function") {
    throw new UsageError("crosses: the third argument must be { encode, decode }, two functions");
  }
  register("crosses", meta, Class, how.name, how as unknown as ClassCrossing<object, unknown>);
}

/**
 * Keeps the class of an error when it crosses: on arrival it is `instanceof Class` and has the class's methods. Its own
 * fields cross as they do for any error; the constructor is not called, and private fields (`#x`) are not there. For a
 * class which needs those, use `crosses`. Call it at module level, in the module that defines the class. Never blocks.
 *
 * @throws UsageError HEDDLE_USAGE as `crosses`, and for a class that does not extend Error.
 */
export function errorClass<T extends Error>(meta: ModuleMeta, Class: AnyClass<T>, options?: { readonly name?: string }): void {
  if (typeof Class === "function" && !(Class.prototype instanceof Error)) {
    throw new UsageError(`errorClass: ${Class.name || "the class"} does not extend Error; use crosses for other classes`);
  }
  register("errorClass", meta, Class, options?.name, undefined);
}

export function registeredFor(prototype: object): RegisteredClass | undefined {
  return byPrototype.get(prototype);
}

export function registeredAs(key: string): RegisteredClass | undefined {
  return byKey.get(key);
}

/**
 * Tells `listener` the URL of each module that registers a class, those that already have included, so that workers can be
 * made to import it before values of the class reach them. One listener a thread: a second one takes the first one's place.
 */
export function onClassModule(listener: (moduleUrl: string) => void): void {
  announce = listener;
  for (const url of new Set(Array.from(byKey.values(), (entry) => entry.moduleUrl))) listener(url);
}

function register(
  caller: string,
  meta: ModuleMeta,
  Class: AnyClass<object>,
  givenName: string | undefined,
  how: ClassCrossing<object, unknown> | undefined,
): void {
  if (typeof meta?.url !== "string") throw new UsageError(`${caller}: the first argument must be import.meta`);
  if (typeof Class !== "function" || typeof Class.prototype !== "object") {
    throw new UsageError(`${caller}: the second argument must be a class`);
  }
  const name = givenName ?? Class.name;
  if (name === "") throw new UsageError(`${caller}: a class without a name needs one: pass { name } in the third argument`);
  const key = `${meta.url}#${name}`;
  const source = Function.prototype.toString.call(Class);
  const earlier = byKey.get(key);
  if (earlier && earlier.prototype !== Class.prototype && earlier.source !== source) {
    throw new UsageError(
      `${caller}: ${meta.url} registers two classes under the name ${name}; pass { name } in the third argument of one of them`,
    );
  }
  const entry: RegisteredClass = { key, moduleUrl: meta.url, source, prototype: Class.prototype, how: how ?? earlier?.how };
  byKey.set(key, entry);
  byPrototype.set(entry.prototype, entry);
  announce?.(meta.url);
}
