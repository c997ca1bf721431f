import { CrossingError, InvariantError } from "../../errors.ts";
import { viewOn } from "./buffers.ts";
import { textualFrom } from "./builtins.ts";
import type { Crossing } from "./crossing.ts";
import { errorPrototype } from "./error-classes.ts";
import { describeThrown } from "./refusals.ts";
import { registeredAs } from "./registry.ts";
import { Escape, Kind, Origin } from "./wire.ts";

type Fields = Record<string, unknown>;

/** Reads a graph message: record by record, each into a new object. */
export class GraphDecoder {
  readonly #crossing: Crossing;
  readonly #stream: readonly unknown[];
  readonly #buffers: readonly ArrayBuffer[];
  readonly #nodes: unknown[] = [];
  readonly #shapes: string[][] = [];
  #at = 0;

  constructor(crossing: Crossing, stream: readonly unknown[], buffers: readonly ArrayBuffer[]) {
    this.#crossing = crossing;
    this.#stream = stream;
    this.#buffers = buffers;
  }

  read(): unknown {
    for (;;) {
      const kind = this.#integer();
      if (kind === Kind.END) return this.#slot();
      if (kind === Kind.SHAPE) this.#readShape();
      else this.#readRecord(kind, this.#integer());
    }
  }

  #readRecord(kind: number, id: number): void {
    switch (kind) {
      case Kind.OBJECT:
      case Kind.NULL_OBJECT:
        this.#readObject(this.#container(kind, id) as Fields);
        break;
      case Kind.ARRAY:
        this.#readArray(this.#container(kind, id) as unknown[]);
        break;
      case Kind.SPARSE_ARRAY:
        this.#readSparseArray(this.#container(kind, id) as unknown[]);
        break;
      case Kind.MAP: {
        const map = this.#container(kind, id) as Map<unknown, unknown>;
        for (let i = this.#count(); i > 0; i -= 2) map.set(this.#slot(), this.#slot());
        break;
      }
      case Kind.SET: {
        const set = this.#container(kind, id) as Set<unknown>;
        for (let i = this.#count(); i > 0; i--) set.add(this.#slot());
        break;
      }
      case Kind.ERROR:
        this.#readError(this.#container(kind, id) as Error);
        break;
      default:
        this.#nodes[id] = this.#readWhole(kind);
    }
  }

  /** The object that record `id` fills: there already if something that it holds refers back to it. */
  #container(kind: number, id: number): unknown {
    return (this.#nodes[id] ??= emptyContainer(kind));
  }

  #readShape(): void {
    const count = this.#count();
    const keys: string[] = [];
    for (let i = 0; i < count; i++) keys.push(this.#text());
    this.#shapes.push(keys);
  }

  #shape(): string[] {
    return this.#shapes[this.#integer()] ?? malformed("shape");
  }

  #readObject(object: Fields): void {
    for (const key of this.#shape()) {
      const value = this.#slot();
      if (key === "__proto__") define(object, key, value, true);
      else object[key] = value;
    }
  }

  #readArray(array: unknown[]): void {
    const count = this.#count();
    for (let i = 0; i < count; i++) array.push(this.#slot());
  }

  #readSparseArray(array: unknown[]): void {
    array.length = this.#integer();
    for (let i = this.#count(); i > 0; i -= 2) {
      const index = this.#integer();
      if (index >= array.length) malformed("index");
      array[index] = this.#slot();
    }
  }

  #readError(error: Error): void {
    const keys = this.#shape();
    const hiddenCount = this.#integer();
    const origin = this.#integer();
    const [key, base, name, inheritedName] = [this.#text(), this.#text(), this.#text(), this.#text()];
    const known = origin === Origin.REGISTERED ? this.#classKey(key) : key;
    Object.setPrototypeOf(error, errorPrototype({ origin, key: known, base, name, inheritedName }));
    for (let i = 0; i < keys.length; i++) define(error, keys[i] as string, this.#slot(), i >= hiddenCount);
  }

  /** Records that cannot be part of a cycle: all that they hold has been read. */
  #readWhole(kind: number): unknown {
    switch (kind) {
      case Kind.DATE:
        return new Date(this.#slot() as number);
      case Kind.REGEXP: {
        const expression = new RegExp(this.#text(), this.#text());
        expression.lastIndex = this.#slot() as number;
        return expression;
      }
      case Kind.BOXED:
        return Object(this.#slot());
      case Kind.BUFFER:
        return this.#buffer();
      case Kind.VIEW: {
        const viewKind = this.#integer();
        return viewOn(this.#buffer(), viewKind, this.#integer(), this.#integer());
      }
      case Kind.HEAP_VIEW: {
        const memory = this.#crossing.memory() ?? malformed("an array on the heap where there is no heap");
        return viewOn(memory.buffer, this.#integer(), this.#integer(), this.#integer());
      }
      case Kind.TEXTUAL:
        return textualFrom(this.#text(), this.#text());
      case Kind.DOM_EXCEPTION:
        return this.#readDomException();
      case Kind.DESCRIBED:
        return this.#crossing.revive(this.#text(), this.#slot());
      case Kind.INSTANCE:
        return this.#readInstance();
      default:
        return malformed("kind of record");
    }
  }

  #readDomException(): unknown {
    const [name, message, stack, cause] = [this.#slot(), this.#slot(), this.#slot(), this.#slot()];
    const exception = new DOMException(String(message), String(name));
    define(exception, "stack", stack, false);
    if (cause !== undefined) define(exception, "cause", cause, false);
    return exception;
  }

  #classKey(key: string): string {
    return this.#crossing.classKey?.(key) ?? key;
  }

  #readInstance(): unknown {
    const key = this.#text();
    const plain = this.#slot();
    const how = registeredAs(this.#classKey(key))?.how;
    if (!how) {
      const message = `class ${key} is not registered in this thread: its module has not been imported here, or does not call crosses at module level`;
      throw new CrossingError(message, key);
    }
    try {
      return how.decode(plain);
    } catch (error) {
      const failure = new CrossingError(`decode of class ${key} threw ${describeThrown(error)}`, key);
      define(failure, "cause", error, false);
      throw failure;
    }
  }

  #buffer(): ArrayBuffer {
    return this.#buffers[this.#integer()] ?? malformed("buffer");
  }

  #slot(): unknown {
    const value = this.#next();
    if (value !== null) return typeof value === "object" || typeof value === "function" ? malformed("value") : value;
    const code = this.#next() as number;
    switch (code) {
      case Escape.NULL:
        return null;
      case Escape.MINUS_ZERO:
        return -0;
      case Escape.TEXT:
        return JSON.parse(String(this.#next()));
      case Escape.OPEN: {
        const id = this.#integer();
        return this.#container(this.#integer(), id);
      }
      default:
        if (typeof code !== "number" || !(code in this.#nodes)) malformed("reference");
        return this.#nodes[code];
    }
  }

  #text(): string {
    const text = this.#slot();
    return typeof text === "string" ? text : malformed("text");
  }

  #count(): number {
    const count = this.#integer();
    return count <= this.#stream.length - this.#at ? count : malformed("count");
  }

  #integer(): number {
    const value = this.#next();
    return typeof value === "number" && value >>> 0 === value ? value : malformed("number");
  }

  #next(): unknown {
    if (this.#at >= this.#stream.length) malformed("end");
    return this.#stream[this.#at++];
  }
}

function emptyContainer(kind: number): unknown {
  switch (kind) {
    case Kind.OBJECT:
      return {};
    case Kind.NULL_OBJECT:
      return Object.create(null);
    case Kind.ARRAY:
    case Kind.SPARSE_ARRAY:
      return [];
    case Kind.MAP:
      return new Map();
    case Kind.SET:
      return new Set();
    case Kind.ERROR:
      return emptyError();
    default:
      return malformed("kind of container");
  }
}

/** Its class and its stack come with the message. */
function emptyError(): Error {
  const error = new Error();
  delete (error as { stack?: unknown }).stack;
  return error;
}

function define(object: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(object, key, { value, enumerable, writable: true, configurable: true });
}

function malformed(what: string): never {
  throw new InvariantError(`A message between threads is damaged: ${what}`);
}
