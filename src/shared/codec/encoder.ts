import { CrossingError, ForeignError } from "../../errors.ts";
import { OutgoingBuffers } from "./buffers.ts";
import type { Crossing } from "./crossing.ts";
import { isError } from "./error-classes.ts";
import { createNode, type Node, pathOf } from "./node.ts";
import { type Opening, open } from "./open.ts";
import { placeholder, type Refusal, refuseAltered, refuseOwnForm, refuseUnreadable } from "./refusals.ts";
import { Escape, Kind } from "./wire.ts";

const NO_CHILDREN: unknown[] = [];

interface Shape {
  readonly keys: readonly string[];
  readonly index: number;
}

/**
 * Writes a graph message. Walks the value depth first, on a stack of its own, gives each object an id when it is reached,
 * and writes its record once all that it holds is written. Reading the records in order, the decoder finds nearly
 * everything complete; only a reference that closes a cycle names an object whose record is yet to come.
 */
export class GraphEncoder {
  readonly stream: unknown[] = [];
  readonly buffers = new OutgoingBuffers();
  readonly #opening: Opening;
  readonly #root: string;
  readonly #nodes = new Map<object, Node>();
  /** The shape last used, by its number of keys. */
  readonly #shapes: (Shape | undefined)[] = [];
  #shapeCount = 0;

  constructor(crossing: Crossing, root: string) {
    this.#opening = { crossing, heap: crossing.memory()?.buffer, byValue: crossing.byValue === true, buffers: this.buffers };
    this.#root = root;
  }

  write(value: unknown): void {
    let node: Node | undefined = createNode(Kind.END, undefined, [value]);
    while (node) {
      const inner: Node | undefined = this.#nextInner(node);
      if (inner) {
        node = inner;
      } else {
        this.#writeRecord(node);
        node = node.parent;
      }
    }
    this.buffers.finish(this.stream);
  }

  /** The next child that is an object not met before, opened. */
  #nextInner(node: Node): Node | undefined {
    const { children } = node;
    while (node.next < children.length) {
      const position = node.next++;
      const child = children[position];
      const type = typeof child;
      if ((type !== "object" && type !== "function" && type !== "symbol") || child === null) continue;
      const outcome = this.#reach(child as object, node);
      if (outcome === undefined) continue;
      if ("what" in outcome) {
        this.#refuse(outcome, node, position);
        continue;
      }
      outcome.parent = node;
      outcome.position = position;
      return outcome;
    }
    return undefined;
  }

  #reach(value: object, parent: Node): Node | Refusal | undefined {
    const known = this.#nodes.get(value);
    if (known !== undefined) return reachAgain(known, value, parent);
    const node = this.#open(value, parent);
    if ("what" in node) return node;
    node.id = this.#nodes.size;
    node.soft = parent.soft || standsForError(node);
    this.#nodes.set(value, node);
    return node;
  }

  #open(value: object, parent: Node): Node | Refusal {
    if (!parent.soft) return open(value, this.#opening);
    try {
      return open(value, this.#opening);
    } catch (error) {
      return refuseUnreadable(error);
    }
  }

  #refuse(refusal: Refusal, node: Node, position: number): void {
    if (node.soft) {
      node.altered ??= refusal;
      node.children[position] = refusal.cause === undefined ? placeholder(node.children[position]) : "[unreadable]";
      return;
    }
    const path = pathOf(node, position, this.#root);
    if (refusal.foreign === true) throw new ForeignError(`${path} is ${refusal.what}: ${refusal.why}`);
    const error = new CrossingError(`${path} is ${refusal.what} and cannot cross to another thread: ${refusal.why}`, path);
    if ("cause" in refusal) Object.defineProperty(error, "cause", { value: refusal.cause, configurable: true, writable: true });
    throw error;
  }

  #writeRecord(node: Node): void {
    const { kind, id, children } = node;
    const { stream } = this;
    switch (kind) {
      case Kind.OBJECT:
      case Kind.NULL_OBJECT:
      case Kind.ERROR: {
        const shape = this.#shape(node.keys);
        stream.push(kind, id, shape);
        break;
      }
      case Kind.ARRAY:
      case Kind.MAP:
      case Kind.SET:
        stream.push(kind, id, children.length);
        break;
      case Kind.SPARSE_ARRAY:
        stream.push(kind, id, (node.value as unknown[]).length, children.length);
        break;
      case Kind.VIEW:
        stream.push(kind, id);
        this.buffers.offsetAt(stream.length + 2, children[1] as number);
        break;
      case Kind.END:
        stream.push(kind);
        break;
      default:
        stream.push(kind, id);
    }
    for (let i = 0; i < children.length; i++) this.#writeSlot(children[i]);
    node.written = true;
    node.children = NO_CHILDREN;
    if (node.altered && node.parent && !standsForError(node)) node.parent.altered ??= node.altered;
  }

  #writeSlot(value: unknown): void {
    const { stream } = this;
    switch (typeof value) {
      case "number":
        if (value === 0 && 1 / value < 0) stream.push(null, Escape.MINUS_ZERO);
        else stream.push(value);
        break;
      case "string":
        this.#writeText(value);
        break;
      case "object":
      case "function":
        if (value === null) stream.push(null, Escape.NULL);
        else this.#writeReference(value);
        break;
      default:
        stream.push(value);
    }
  }

  /** MessagePack's strings are UTF-8, which has no lone surrogates; JSON writes those as escapes. */
  #writeText(text: string): void {
    if (text.isWellFormed()) this.stream.push(text);
    else this.stream.push(null, Escape.TEXT, JSON.stringify(text));
  }

  #writeReference(value: object): void {
    const { id, kind, written } = this.#nodes.get(value) as Node;
    if (written) this.stream.push(null, id);
    else this.stream.push(null, Escape.OPEN, id, kind);
  }

  #shape(keys: readonly string[]): number {
    const last = this.#shapes[keys.length];
    if (last && sameKeys(last.keys, keys)) return last.index;
    this.stream.push(Kind.SHAPE, keys.length);
    for (const key of keys) this.#writeText(key);
    const index = this.#shapeCount++;
    this.#shapes[keys.length] = { keys, index };
    return index;
  }
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function standsForError({ kind, value }: Node): boolean {
  return kind === Kind.ERROR || kind === Kind.DOM_EXCEPTION || (kind === Kind.INSTANCE && isError(value));
}

function reachAgain(node: Node, value: object, parent: Node): Refusal | undefined {
  const { kind, written } = node;
  const whole = kind === Kind.INSTANCE || kind === Kind.DESCRIBED || kind === Kind.DOM_EXCEPTION;
  if (whole && !written) return refuseOwnForm(value);
  return node.altered && !parent.soft && !standsForError(node) ? refuseAltered(node.altered) : undefined;
}
