import * as heddle from "../../errors.ts";
import { sameInThisRealm } from "./builtins.ts";
import { registeredAs, registeredFor } from "./registry.ts";
import { Origin } from "./wire.ts";

/** What a message says about the class of an error. */
export interface ErrorClassName {
  readonly origin: number;
  /** HEDDLE: the class's name. REGISTERED: its key. Otherwise empty. */
  readonly key: string;
  /** The nearest class of the language that it extends, itself included. */
  readonly base: string;
  readonly name: string;
  /** `error.name` where the error inherits it. */
  readonly inheritedName: string;
}

type ErrorClass = { readonly name: string; readonly prototype: Error };

const builtIns = new Map<string, ErrorClass>();
const builtInNames = new Map<object, string>();
const globals = globalThis as unknown as Record<string, ErrorClass | undefined>;
for (const name of [
  "Error",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
  "AggregateError",
  "SuppressedError",
]) {
  const Class = globals[name];
  if (!Class) continue;
  builtIns.set(name, Class);
  builtInNames.set(Class.prototype, name);
}

const heddlePrototypes = new Map<string, Error>();
const heddleNames = new Map<object, string>();
for (const [name, Class] of Object.entries(heddle)) {
  heddlePrototypes.set(name, Class.prototype);
  heddleNames.set(Class.prototype, name);
}

const standIns = new Map<string, Error>();
/** Keys of registered classes that this thread does not know, so that their errors can be handed on. */
const standInKeys = new WeakMap<object, string>();

/** Errors of other realms too, and what only inherits from Error, as Node makes of an error that ended a worker thread. */
export const isError = (value: unknown): value is Error =>
  value instanceof Error ||
  (hasIsError(Error) ? Error.isError(value) : Object.prototype.toString.call(value) === "[object Error]");

function hasIsError(Class: object): Class is { isError(value: unknown): value is Error } {
  return "isError" in Class;
}

export function errorClassName(error: Error, inheritedName: string): ErrorClassName {
  const prototype = Object.getPrototypeOf(error) as object;
  const base = baseName(prototype);
  const name = constructorName(prototype) || base;
  const heddleName = heddleNames.get(prototype);
  if (heddleName !== undefined) return { origin: Origin.HEDDLE, key: heddleName, base, name, inheritedName };
  const key = registeredFor(prototype)?.key ?? standInKeys.get(prototype);
  if (key !== undefined) return { origin: Origin.REGISTERED, key, base, name, inheritedName };
  const origin = builtInNames.has(prototype) || sameInThisRealm(prototype)?.name === base ? Origin.BUILT_IN : Origin.OTHER;
  return { origin, key: "", base, name, inheritedName };
}

/** The prototype that an arriving error gets. A class which this thread does not know is stood for by one of the same name. */
export function errorPrototype(of: ErrorClassName): Error {
  const base = (builtIns.get(of.base) ?? Error).prototype;
  switch (of.origin) {
    case Origin.BUILT_IN:
      return base;
    case Origin.HEDDLE:
      return heddlePrototypes.get(of.key) ?? base;
    case Origin.REGISTERED:
      return (registeredAs(of.key)?.prototype as Error | undefined) ?? standIn(of, base);
    default:
      return standIn(of, base);
  }
}

function standIn(of: ErrorClassName, base: Error): Error {
  const cacheKey = JSON.stringify([of.key, of.base, of.name, of.inheritedName]);
  let prototype = standIns.get(cacheKey);
  if (!prototype) {
    const Class = class extends (base.constructor as new () => Error) {};
    Object.defineProperty(Class, "name", { value: of.name });
    if (of.inheritedName !== "") {
      Object.defineProperty(Class.prototype, "name", { value: of.inheritedName, writable: true, configurable: true });
    }
    prototype = Class.prototype;
    standIns.set(cacheKey, prototype);
    if (of.origin === Origin.REGISTERED) standInKeys.set(prototype, of.key);
  }
  return prototype;
}

function baseName(prototype: object | null): string {
  for (; prototype; prototype = Object.getPrototypeOf(prototype)) {
    const name = builtInNames.get(prototype) ?? sameInThisRealm(prototype)?.name;
    if (name !== undefined && builtIns.has(name)) return name;
  }
  return "Error";
}

function constructorName(prototype: object): string {
  const Class: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof Class === "function" && typeof Class.name === "string" ? Class.name : "";
}
