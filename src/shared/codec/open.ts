import { HeddleError } from "../../errors.ts";
import { isRuntimeMemory } from "../memory.ts";
import type { OutgoingBuffers } from "./buffers.ts";
import { type BuiltIn, builtInFor } from "./builtins.ts";
import type { Crossing } from "./crossing.ts";
import { isError } from "./error-classes.ts";
import { openError } from "./error-fields.ts";
import { createNode, type Node } from "./node.ts";
import {
  type Refusal,
  refuseDetached,
  refuseForeignView,
  refuseFunction,
  refuseObject,
  refuseSharedView,
  refuseSymbol,
  refuseUnreadable,
} from "./refusals.ts";
import { type RegisteredClass, registeredFor } from "./registry.ts";
import { Kind } from "./wire.ts";

export interface Opening {
  readonly crossing: Crossing;
  /** The heap's buffer, when there is a heap. */
  readonly heap: SharedArrayBuffer | undefined;
  /** Whether arrays on the heap are copied into the message. */
  readonly byValue: boolean;
  readonly buffers: OutgoingBuffers;
}

/** The node of an object, function or symbol, or why there is none. Throws what the upper layers' `describe` throws on purpose. */
export function open(value: object | symbol, opening: Opening): Node | Refusal {
  if (typeof value === "symbol") return refuseSymbol(value);
  try {
    return typeof value === "function"
      ? (openDescribed(value, opening.crossing) ?? refuseFunction(value))
      : openObject(value, opening);
  } catch (error) {
    if (error instanceof HeddleError) throw error;
    return refuseUnreadable(error);
  }
}

function openObject(value: object, opening: Opening): Node | Refusal {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype) return openPlain(Kind.OBJECT, value);
  if (prototype === null) return openPlain(Kind.NULL_OBJECT, value);
  if (prototype === Array.prototype && Array.isArray(value)) return openArray(value);
  if (prototype === Unreadable.prototype) return refuseUnreadable((value as Unreadable).error);
  const registered = registeredFor(prototype);
  if (registered?.how) return openInstance(value, registered);
  const builtIn = builtInFor(prototype);
  if (typeof builtIn === "object") return openBuiltIn(value, builtIn, opening);
  if (builtIn === "object") return openPlain(Kind.OBJECT, value);
  if (builtIn === "array" && Array.isArray(value)) return openArray(value);
  if (isError(value)) return openError(value);
  return openDescribed(value, opening.crossing) ?? refuseObject(value);
}

function openPlain(kind: number, value: object): Node {
  const keys = Object.keys(value);
  const children: unknown[] = new Array(keys.length);
  for (let i = 0; i < keys.length; i++) {
    try {
      children[i] = (value as Record<string, unknown>)[keys[i] as string];
    } catch (error) {
      children[i] = new Unreadable(error);
    }
  }
  return createNode(kind, value, children, keys);
}

/** Stands for a property whose getter threw, until the walk comes to it and can name it. */
class Unreadable {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

function openArray(value: unknown[]): Node {
  for (let i = 0; i < value.length; i++) {
    if (value[i] === undefined && !(i in value)) return openSparseArray(value);
  }
  return createNode(Kind.ARRAY, value, value.slice());
}

function openSparseArray(value: unknown[]): Node {
  const children: unknown[] = [];
  for (const key of Object.keys(value)) {
    const index = Number(key);
    if (String(index >>> 0) === key && index < value.length) children.push(index, value[index]);
  }
  return createNode(Kind.SPARSE_ARRAY, value, children);
}

function openInstance(value: object, registered: RegisteredClass): Node | Refusal {
  try {
    return createNode(Kind.INSTANCE, value, [registered.key, registered.how?.encode(value)]);
  } catch (error) {
    return isError(value) ? openError(value) : refuseUnreadable(error, "its encode");
  }
}

function openDescribed(value: object, crossing: Crossing): Node | undefined {
  const description = crossing.describe(value);
  return description && createNode(Kind.DESCRIBED, value, [description.tag, description.data]);
}

function openBuiltIn(value: object, { kind, detail }: BuiltIn, opening: Opening): Node | Refusal {
  switch (kind) {
    case Kind.MAP: {
      const children: unknown[] = [];
      Map.prototype.forEach.call(value, (entry, key) => children.push(key, entry));
      return createNode(kind, value, children);
    }
    case Kind.SET: {
      const children: unknown[] = [];
      Set.prototype.forEach.call(value, (entry) => children.push(entry));
      return createNode(kind, value, children);
    }
    case Kind.DATE:
      return createNode(kind, value, [Date.prototype.getTime.call(value)]);
    case Kind.REGEXP: {
      const { source, flags, lastIndex } = value as RegExp;
      return createNode(kind, value, [source, flags, lastIndex]);
    }
    case Kind.BOXED:
      return createNode(kind, value, [(value as { valueOf(): unknown }).valueOf()]);
    case Kind.TEXTUAL:
      return createNode(kind, value, [detail, String(value)]);
    case Kind.DOM_EXCEPTION: {
      const { name, message, stack, cause } = value as Error;
      return createNode(kind, value, [name, message, stack, cause]);
    }
    case Kind.BUFFER: {
      const buffer = value as ArrayBuffer;
      return buffer.detached ? refuseDetached(value) : createNode(kind, value, [opening.buffers.addWhole(buffer)]);
    }
    default:
      return openView(value as ArrayBufferView, detail as number, opening);
  }
}

function openView(view: ArrayBufferView, viewKind: number, { heap, byValue, buffers }: Opening): Node | Refusal {
  const { buffer, byteOffset, byteLength } = view;
  const length = "length" in view ? view.length : byteLength;
  if (buffer === heap) {
    if (!byValue) return createNode(Kind.HEAP_VIEW, view, [viewKind, byteOffset, length]);
    return createNode(Kind.VIEW, view, [viewKind, buffers.addCopy(buffer, byteOffset, byteLength), byteOffset, length]);
  }
  if (Object.prototype.toString.call(buffer) !== "[object ArrayBuffer]")
    return isRuntimeMemory(buffer) ? refuseForeignView(view) : refuseSharedView(view);
  if ((buffer as ArrayBuffer).detached) return refuseDetached(view);
  const index = buffers.addPart(buffer as ArrayBuffer, byteOffset, byteLength);
  return createNode(Kind.VIEW, view, [viewKind, index, byteOffset, length]);
}
