/**
 * Rewrites a program's text so that it tells of each element that it reads and writes. Nothing moves to another line.
 *
 *     a[i]                          h.g(a, i, site)
 *     a[i] = v                      h.s(a, i, v, site)
 *     a[i] += v, a[i]++, [a[i]] = v h.t(a, i, site).v += v, ...
 *     a?.[i]                        h.o(a, () => i, site)
 *     a.fill(v)                     h.m(a, "fill", site, v)        methods of typed arrays, of Atomics, of `shared`
 *     p.get(i), copy(a, b, n)       h.q(p, "get", site, i), ...    operations on global memory
 *     f.spawn(v)                    h.f(f.spawn(v), site)          and whatever else spawns
 */
import type { AnyNode, CallExpression, Expression, MemberExpression, Node, Options, Pattern, Super } from "acorn";
import { GLOBAL } from "./access.ts";
import { type Kept, lineStarts } from "./positions.ts";
import type { Sites } from "./sites.ts";

/** What this file needs of acorn. */
export interface Parser {
  parse(input: string, options: Options): AnyNode;
}

/** Methods that touch elements: of typed arrays and DataViews, of Atomics, and those that make arrays on the heap. */
const METHODS = new Set(
  `set fill copyWithin sort reverse slice map filter forEach reduce reduceRight indexOf lastIndexOf includes join some every find
  findIndex findLast findLastIndex at with toSorted toReversed toString toLocaleString values entries from free
  add and compareExchange exchange load or store sub xor wait waitAsync notify
  int8 uint8 uint8Clamped int16 uint16 int32 uint32 float16 float32 float64 bigInt64 bigUint64
  getInt8 getUint8 getInt16 getUint16 getInt32 getUint32 getFloat16 getFloat32 getFloat64 getBigInt64 getBigUint64
  setInt8 setUint8 setInt16 setUint16 setInt32 setUint32 setFloat16 setFloat32 setFloat64 setBigInt64 setBigUint64`.split(/\s+/),
);
/** Methods of global pointers and shared arrays, with those whose names are above; `Math` has some as well. */
const GLOBAL_METHODS = new Set("get put read write update min max".split(" "));
const GLOBAL_FUNCTIONS = new Set(["copy", "sharedArray", "sharedVar"]);
const SPAWN_METHODS = new Set(["spawn", "after", "blocks", "into", "spmd"]);
const SPAWNERS = new Set(["spawn", "parallelFor", "map", "reduce", "scan", "sort", "pipeline", "finish"]);

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Instrumented {
  readonly text: string;
  readonly kept: readonly Kept[];
  /** What is not watched, and where. */
  readonly notes: readonly { readonly line: number; readonly what: string }[];
}

/**
 * Throws acorn's SyntaxError for what is no JavaScript. `own` text is heddle's: what spawns there has its position elsewhere. `shown` is what
 * reports quote: the text with its types.
 */
export function instrument(
  source: string,
  file: string,
  parser: Parser,
  sites: Sites,
  sourceType: "module" | "script" = "module",
  own = false,
  shown = source,
): Instrumented {
  const root = parser.parse(source, {
    ecmaVersion: "latest",
    sourceType,
    preserveParens: true,
    allowHashBang: true,
    allowReturnOutsideFunction: sourceType === "script",
  });
  const rewriter = new Rewriter(source, file, sites, own, shown.length === source.length ? shown : source);
  rewriter.visit(root);
  return { ...apply(source, rewriter.edits), notes: rewriter.notes };
}

function apply(source: string, edits: readonly Edit[]): { text: string; kept: Kept[] } {
  let text = "";
  let at = 0;
  const kept: Kept[] = [];
  const keep = (end: number): void => {
    if (end > at) kept.push({ to: text.length, from: at, length: end - at });
    text += source.slice(at, end);
  };
  // In the order in which they were made where they begin at the same place: sorting is stable.
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    keep(edit.start);
    text += edit.text;
    at = Math.max(at, edit.end);
  }
  keep(source.length);
  return { text, kept };
}

const unwrapped = (node: AnyNode): AnyNode => (node.type === "ParenthesizedExpression" ? unwrapped(node.expression) : node);

type Element = MemberExpression & { object: Expression; property: Expression };

class Rewriter {
  readonly edits: Edit[] = [];
  readonly notes: { line: number; what: string }[] = [];
  readonly #source: string;
  readonly #shown: string;
  readonly #file: string;
  readonly #sites: Sites;
  readonly #own: boolean;
  readonly #lines: number[];

  constructor(source: string, file: string, sites: Sites, own: boolean, shown: string) {
    this.#source = source;
    this.#shown = shown;
    this.#file = file;
    this.#sites = sites;
    this.#own = own;
    this.#lines = lineStarts(source);
  }

  visit(node: AnyNode): void {
    switch (node.type) {
      case "MemberExpression":
        if (isElement(node)) return this.#call("g", node, node, null, node.end);
        return this.#children(node);
      case "ChainExpression":
        return this.#chain(node.expression as AnyNode);
      case "AssignmentExpression":
        return this.#assignment(node);
      case "UpdateExpression":
        return this.#target(node.argument as AnyNode, node);
      case "UnaryExpression":
        return node.operator === "delete" ? this.#deleted(unwrapped(node.argument as AnyNode)) : this.visit(node.argument);
      case "CallExpression":
        return this.#callExpression(node);
      case "NewExpression":
      case "TaggedTemplateExpression": {
        const callee = node.type === "NewExpression" ? node.callee : node.tag;
        this.#children(callee as AnyNode, callee.type !== "MemberExpression");
        for (const it of node.type === "NewExpression" ? node.arguments : [node.quasi]) this.visit(it);
        return;
      }
      case "ForOfStatement":
      case "ForInStatement":
        if (node.left.type === "VariableDeclaration") this.visit(node.left);
        else this.#pattern(node.left);
        this.visit(node.right);
        return this.visit(node.body);
      case "Property":
        if (node.computed) this.visit(node.key);
        return this.visit(node.value);
      case "VariableDeclarator":
        this.#pattern(node.id);
        return node.init ? this.visit(node.init) : undefined;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        for (const param of node.params) this.#pattern(param);
        return this.visit(node.body);
      default:
        return this.#children(node);
    }
  }

  /** With `itself`, the node as well. */
  #children(node: AnyNode, itself = false): void {
    if (itself) return this.visit(node);
    for (const [key, value] of Object.entries(node)) {
      if (key === "property" && node.type === "MemberExpression" && !node.computed) continue;
      for (const it of Array.isArray(value) ? value : [value]) if (isNode(it)) this.visit(it);
    }
  }

  // ---- elements --------------------------------------------------------------------------------------------------------

  /** `whole` becomes `h.name(a, i, [value, ]site)`, and what follows it to `end` goes with it. */
  #call(
    name: string,
    whole: Node,
    { object, property }: Element,
    value: AnyNode | null,
    end: number,
    tail = "",
    shown = whole,
  ): void {
    const site = this.#site(shown);
    this.#replace(whole.start, object.start, `${GLOBAL}.${name}(`);
    this.visit(object);
    const list = property.type === "SequenceExpression";
    const lazy = name === "o";
    this.#replace(object.end, property.start, `, ${lazy ? "() => " : ""}${list ? "(" : ""}`);
    this.visit(property);
    const close = list ? ")" : "";
    if (value === null) return this.#replace(property.end, end, `${close}, ${site})${tail}`);
    this.#replace(property.end, value.start, `${close}, `);
    this.visit(value);
    this.#replace(value.end, end, `, ${site})`);
  }

  #assignment(node: AnyNode & { type: "AssignmentExpression" }): void {
    const left = unwrapped(node.left as AnyNode);
    if (node.operator === "=" && left.type === "MemberExpression" && isElement(left)) {
      return this.#call("s", node, left, node.right, node.end);
    }
    if (node.operator === "=") this.#pattern(left as Pattern);
    else this.#target(left, node);
    this.visit(node.right);
  }

  /** Something that is read and written, or written by a pattern. */
  #target(node: AnyNode, shown: Node = node): void {
    const it = unwrapped(node);
    if (it.type !== "MemberExpression") return;
    if (isElement(it)) this.#call("t", node, it, null, node.end, ".v", shown);
    else this.#children(it);
  }

  #pattern(node: Pattern | AnyNode): void {
    const it = unwrapped(node);
    switch (it.type) {
      case "ObjectPattern":
        for (const property of it.properties) {
          if (property.type === "RestElement") this.#pattern(property.argument);
          else {
            if (property.computed) this.visit(property.key);
            this.#pattern(property.value);
          }
        }
        return;
      case "ArrayPattern":
        for (const element of it.elements) if (element !== null) this.#pattern(element);
        return;
      case "AssignmentPattern":
        this.#pattern(it.left);
        return this.visit(it.right);
      case "RestElement":
        return this.#pattern(it.argument);
      default:
        return this.#target(node);
    }
  }

  /** `a?.[i]` is watched where nothing of the chain follows. */
  #chain(node: AnyNode): void {
    if (node.type === "MemberExpression" && isElement(node) && !hasOptional(node.object)) {
      return this.#call("o", node, node, null, node.end);
    }
    this.#link(node);
  }

  #link(node: AnyNode | Super): void {
    if (node.type === "MemberExpression") {
      if (isElement(node)) this.#note(node, "an element in the middle of an optional chain (?.)");
      this.#link(node.object as AnyNode);
      if (node.computed) this.visit(node.property as AnyNode);
    } else if (node.type === "CallExpression") {
      this.#link(node.callee as AnyNode);
      for (const it of node.arguments) this.visit(it);
    } else if (node.type !== "Super") this.visit(node);
  }

  #deleted(node: AnyNode): void {
    if (node.type === "ChainExpression") this.#link(node.expression as AnyNode);
    else if (node.type === "MemberExpression") this.#children(node);
    else this.visit(node);
  }

  // ---- calls -----------------------------------------------------------------------------------------------------------

  #callExpression(node: CallExpression): void {
    const { callee } = node;
    const name = callee.type === "MemberExpression" && callee.property.type === "Identifier" ? callee.property.name : "";
    const plain = callee.type === "MemberExpression" && !callee.computed && !callee.optional && !node.optional;
    if (callee.type === "Identifier" ? SPAWNERS.has(callee.name) : plain && SPAWN_METHODS.has(name)) {
      if (this.#own) return this.#plainCall(node);
      const site = this.#site(node);
      this.#replace(node.start, node.start, `${GLOBAL}.f(`);
      this.#plainCall(node);
      return this.#replace(node.end, node.end, `, ${site})`);
    }
    if (callee.type === "Identifier" && GLOBAL_FUNCTIONS.has(callee.name) && !node.optional) return this.#function(node, callee);
    if (plain && callee.object.type !== "Super" && !(callee.object.type === "Identifier" && callee.object.name === "Math")) {
      const helper = METHODS.has(name) ? "m" : GLOBAL_METHODS.has(name) ? "q" : null;
      if (helper !== null) return this.#method(helper, node, callee.object as AnyNode, name);
    }
    this.#plainCall(node);
  }

  #plainCall({ callee, arguments: args }: CallExpression): void {
    if (callee.type === "MemberExpression") this.#children(callee);
    else if (callee.type !== "Super") this.visit(callee);
    for (const it of args) this.visit(it);
  }

  #function(node: CallExpression, callee: Node): void {
    const site = this.#site(node);
    const [first] = node.arguments;
    this.#replace(node.start, callee.start, `${GLOBAL}.c(`);
    this.#replace(callee.end, first?.start ?? node.end - 1, `, ${site}${first === undefined ? "" : ", "}`);
    for (const it of node.arguments) this.visit(it);
  }

  #method(helper: "m" | "q", node: CallExpression, object: AnyNode, name: string): void {
    const site = this.#site(node);
    const [first] = node.arguments;
    this.#replace(node.start, object.start, `${GLOBAL}.${helper}(`);
    this.visit(object);
    this.#replace(object.end, first?.start ?? node.end - 1, `, "${name}", ${site}${first === undefined ? "" : ", "}`);
    for (const it of node.arguments) this.visit(it);
  }

  // ---- text ------------------------------------------------------------------------------------------------------------

  /** Lines stay where they are. */
  #replace(start: number, end: number, text: string): void {
    const lines = this.#source.slice(start, end).replace(/[^\n]/g, "");
    this.edits.push({ start, end, text: text + lines });
  }

  #lineOf(at: number): number {
    let low = 0;
    let high = this.#lines.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#lines[middle]! <= at) low = middle;
      else high = middle;
    }
    return low;
  }

  #site({ start, end }: Node): number {
    const line = this.#lineOf(start);
    const all = this.#shown.slice(start, end).replace(/\s+/g, " ");
    const text = all.length > 60 ? `${all.slice(0, 57)}...` : all;
    return this.#sites.add({ file: this.#file, line: line + 1, column: start - this.#lines[line]! + 1, text }, end - start);
  }

  #note(node: Node, what: string): void {
    this.notes.push({ line: this.#lineOf(node.start) + 1, what });
  }
}

const isNode = (it: unknown): it is AnyNode => typeof it === "object" && it !== null && typeof (it as AnyNode).type === "string";

function isElement(node: MemberExpression): node is Element {
  if (!node.computed || node.object.type === "Super") return false;
  const { property } = node;
  return !(property.type === "Literal" && typeof property.value === "string" && !/^\d+$/.test(property.value));
}

function hasOptional(node: AnyNode | Super): boolean {
  if (node.type === "MemberExpression") return node.optional || hasOptional(node.object as AnyNode);
  return node.type === "CallExpression" && (node.optional || hasOptional(node.callee as AnyNode));
}
