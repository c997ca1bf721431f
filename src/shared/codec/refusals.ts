import { shorten } from "./path.ts";

/** Why a value cannot cross: what it is, as the end of "args[0] is ...", the reason, and the way out. */
export interface Refusal {
  readonly what: string;
  readonly why: string;
  readonly cause?: unknown;
  /** It belongs to another runtime. */
  readonly foreign?: true;
}

const STREAM = "a stream belongs to the event loop of the thread that opened it; pass a path or the data";
const ITERATOR = "it is suspended in this thread; pass the values themselves, for example [...iterator]";
const LISTENER = "it belongs to the event loop of this thread; use a promise, a future or an array on the heap to communicate";
const WASM = "use wasmTask, or compile it in the module that defines the task";
const SHARED = "only memory of the heap is shared; use shared.from(array), or allocate with shared.float64(length) and its kin";
const PAGE = "it belongs to the page; pass the text or numbers that the task needs";
const REQUEST = "it holds an open connection; read it here and pass the data";
const GONE_FROM_LIST = "its contents cannot be listed";

/** By the name of the class or of a class that it extends, or by the tag which the object carries. */
const REASONS: Record<string, string> = {
  Promise: "it can only settle in this thread; await it first and pass the value, or pass a future",
  WeakMap: `${GONE_FROM_LIST}; pass a Map`,
  WeakSet: `${GONE_FROM_LIST}; pass a Set`,
  WeakRef: "it refers to an object of this thread; pass the object itself",
  FinalizationRegistry: "it watches objects of this thread",
  Generator: ITERATOR,
  AsyncGenerator: ITERATOR,
  Iterator: ITERATOR,
  AsyncIterator: ITERATOR,
  SharedArrayBuffer: SHARED,
  "WebAssembly.Module": WASM,
  "WebAssembly.Instance": WASM,
  "WebAssembly.Memory": "only memory of the heap is shared; pass an array on it",
  "WebAssembly.Table": WASM,
  "WebAssembly.Global": WASM,
  MessagePort: LISTENER,
  BroadcastChannel: LISTENER,
  Worker: LISTENER,
  AbortSignal: "pass it as an option instead, task.with({ signal }), and call signal() inside the task",
  AbortController: "pass its signal as an option, task.with({ signal }), and call signal() inside the task",
  Stream: STREAM,
  ReadableStream: STREAM,
  WritableStream: STREAM,
  TransformStream: STREAM,
  FileHandle: STREAM,
  Request: REQUEST,
  Response: REQUEST,
  Blob: "its data can only be read asynchronously; pass await blob.bytes()",
  Headers: "pass Object.fromEntries(headers)",
  FormData: "pass Object.fromEntries(formData)",
  Node: PAGE,
  Window: PAGE,
  Event: "pass the text or numbers that the task needs",
  EventEmitter: LISTENER,
  EventTarget: LISTENER,
};

export function refuseFunction(value: Function): Refusal {
  const name = nameOf(value);
  if (isClass(value)) {
    return { what: `the class ${name || "(anonymous)"}`, why: "it is code; import it in the module that defines the task" };
  }
  const what = name === "" ? "a function" : `the function ${name}`;
  return { what, why: "only tasks cross; define it with task(import.meta, ...) at module level, or pass the data that it needs" };
}

export function refuseSymbol(value: symbol): Refusal {
  return {
    what: shorten(`the symbol ${String(value)}`, 80),
    why: "a symbol is equal to itself in one thread only; pass a string",
  };
}

/** An object that is neither plain data, nor of a class that crosses. */
export function refuseObject(value: object): Refusal {
  const names = classNames(value);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const shown = tag.includes(".") ? tag : (names[0] ?? tag);
  for (const name of [tag, ...names, tag.endsWith(" Iterator") ? "Iterator" : ""]) {
    if (Object.hasOwn(REASONS, name)) return { what: article(shown), why: REASONS[name] as string };
  }
  if (names[0] === undefined) {
    return { what: "an object with a prototype of its own", why: "it would lose what it inherits; pass plain data" };
  }
  const register = `register the class with crosses(import.meta, ${shown}, { encode, decode })`;
  return { what: `an instance of class ${shown}`, why: `it would lose its methods; pass plain data, or ${register}` };
}

export const refuseSharedView = (value: object): Refusal => ({
  what: `${article(classNames(value)[0] ?? "view")} on shared memory outside the heap`,
  why: SHARED,
});

export const refuseForeignView = (value: object): Refusal => ({
  what: `${article(classNames(value)[0] ?? "view")} on the heap of another runtime`,
  why: "each runtime has its own heap; make the array within this one's run(), or pass a copy: array.slice()",
  foreign: true,
});

export const refuseDetached = (value: object): Refusal => ({
  what: `${article(classNames(value)[0] ?? "view")} whose memory was transferred away`,
  why: "there is nothing left in it to copy; pass it before it is transferred, or pass a copy",
});

export const refuseOwnForm = (value: object): Refusal => ({
  what: `the very ${classNames(value)[0] ?? "object"} that is being encoded`,
  why: "what encode returns must not contain the instance itself; leave the reference out and put it back in decode",
});

export function refuseUnreadable(cause: unknown, doing = "reading it"): Refusal {
  if (cause instanceof TypeError && cause.message.includes("revoked")) {
    return { what: "a revoked proxy", why: "nothing can be read through it any more", cause };
  }
  return { what: "unreadable", why: `${doing} threw ${describeThrown(cause)}`, cause };
}

/** Met again outside the error in which a placeholder has already taken the place of a part of it. */
export const refuseAltered = (part: Refusal): Refusal => ({
  what: `also held by an error in the same message, contains ${part.what},`,
  why: part.why,
});

/** A few words for a thing, in place of it: `[function onClick]`, `[Socket]`. */
export function placeholder(value: unknown): string {
  try {
    if (typeof value === "symbol") return `[${String(value)}]`;
    if (typeof value === "function") return `[${isClass(value) ? "class" : "function"}${nameOf(value) && ` ${nameOf(value)}`}]`;
    return `[${classNames(value as object)[0] ?? "object"}]`;
  } catch {
    return "[unreadable]";
  }
}

/** An error or anything else that was thrown, in a line. */
export function describeThrown(error: unknown): string {
  try {
    return shorten(String(error), 200);
  } catch {
    return "something that cannot be written down";
  }
}

/** Names of the classes of an object, its own first, Object left out. */
function classNames(value: object): string[] {
  const names: string[] = [];
  for (
    let prototype = Object.getPrototypeOf(value);
    prototype && names.length < 20;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    const Class: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
    const name = typeof Class === "function" ? nameOf(Class) : "";
    if (name !== "" && name !== "Object") names.push(name);
  }
  return names;
}

function nameOf(value: Function): string {
  const name: unknown = Object.getOwnPropertyDescriptor(value, "name")?.value;
  return typeof name === "string" ? shorten(name, 60) : "";
}

function isClass(value: Function): boolean {
  return Function.prototype.toString.call(value).startsWith("class");
}

function article(name: string): string {
  return /^[AEIOU]/.test(name) ? `an ${name}` : `a ${name}`;
}
