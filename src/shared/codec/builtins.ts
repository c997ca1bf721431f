import { Kind, viewConstructors } from "./wire.ts";

/** A class of the language whose instances cross: the kind of their record, and a detail which the kind needs. */
export interface BuiltIn {
  readonly kind: number;
  /** VIEW: index into the table of views. TEXTUAL: the name under which the class is found again. */
  readonly detail: number | string;
}

type TextualClass = { prototype: object; from?(text: string): object; new (text: string): object };

const byPrototype = new Map<object, BuiltIn>();
const textualClasses = new Map<string, TextualClass>();
const foreign = new WeakMap<object, BuiltIn | "object" | "array" | "none">();

const globals = globalThis as unknown as Record<string, { prototype: object } | undefined>;

function add(Class: { prototype: object } | undefined, kind: number, detail: number | string = 0): void {
  if (Class) byPrototype.set(Class.prototype, { kind, detail });
}

add(Map, Kind.MAP);
add(Set, Kind.SET);
add(Date, Kind.DATE);
add(RegExp, Kind.REGEXP);
add(ArrayBuffer, Kind.BUFFER);
for (const Boxed of [Number, String, Boolean, BigInt]) add(Boxed, Kind.BOXED);
for (const [index, View] of viewConstructors.entries()) add(View as { prototype: object } | undefined, Kind.VIEW, index);
add(globals.DOMException, Kind.DOM_EXCEPTION);

const temporal = (globals.Temporal ?? {}) as unknown as Record<string, TextualClass | undefined>;
for (const name of ["URL", "URLSearchParams"]) addTextual(name, globals[name] as TextualClass | undefined);
for (const name of [
  "Instant",
  "ZonedDateTime",
  "PlainDateTime",
  "PlainDate",
  "PlainTime",
  "PlainYearMonth",
  "PlainMonthDay",
  "Duration",
]) {
  addTextual(`Temporal.${name}`, temporal[name]);
}

function addTextual(name: string, Class: TextualClass | undefined): void {
  if (!Class) return;
  add(Class, Kind.TEXTUAL, name);
  textualClasses.set(name, Class);
}

/** Classes whose instances are fully said by their text: URL, Temporal. */
export function textualFrom(name: string, text: string): object {
  const Class = textualClasses.get(name);
  if (!Class) throw new TypeError(`this engine has no ${name}`);
  return Class.from ? Class.from(text) : new Class(text);
}

/** What `prototype` is the prototype of: a built-in class of this realm, or the same one of another realm (a vm context). */
export function builtInFor(prototype: object): BuiltIn | "object" | "array" | "none" {
  return byPrototype.get(prototype) ?? foreign.get(prototype) ?? lookAbroad(prototype);
}

function lookAbroad(prototype: object): BuiltIn | "object" | "array" | "none" {
  const found = sameInThisRealm(prototype);
  const answer = !found
    ? "none"
    : found === Object
      ? "object"
      : found === Array
        ? "array"
        : (byPrototype.get(found.prototype) ?? "none");
  foreign.set(prototype, answer);
  return answer;
}

/** The class of this realm that has the same name as `prototype`'s native class; undefined for classes written in JavaScript. */
export function sameInThisRealm(prototype: object): { prototype: object; name: string } | undefined {
  const Class: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof Class !== "function" || Class.prototype !== prototype) return undefined;
  if (!/\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(Class))) return undefined;
  return globals[Class.name] as { prototype: object; name: string } | undefined;
}
