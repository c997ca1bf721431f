/**
 * Rewrites a program's text so that what it awaits, and what timers call, passes a gate. Nothing moves to another line.
 *
 *     await x                    await g.a(x, "file.ts:3")
 *     for await (const x of y)   for await (const x of g.i(y, "file.ts:3"))
 *     setTimeout(f, 10)          g.t(setTimeout, "file.ts:3")(f, 10)         also setInterval and setImmediate
 *     x.then(f)                  g.p(x, "file.ts:3").then(f)                 also catch and finally; not in an optional chain
 */
import { createRequire } from "node:module";
import type { AnyNode } from "acorn";
import type { Parser } from "../check/instrument.ts";
import { isProgram, rewriteModules } from "../check/loader.ts";

/** What the text calls is a property of `globalThis` by this name. */
export const GATES = "__heddleGates";

const CALLBACKS = new Set(["then", "catch", "finally"]);
const TIMERS = new Set(["setTimeout", "setInterval", "setImmediate"]);

interface Edit {
  readonly at: number;
  readonly end: number;
  readonly text: string;
}

/** Of all modules of the program that are loaded from now on. One that cannot be read stays as it is. */
export function gateModules(): void {
  const parser = createRequire(import.meta.url)("acorn") as Parser;
  rewriteModules(
    isProgram,
    (source, url, type) => gated(source, decodeURIComponent(url.slice(url.lastIndexOf("/") + 1)), parser, type),
    () => {},
  );
}

/** Throws acorn's SyntaxError for what is no JavaScript. */
export function gated(source: string, file: string, parser: Parser, sourceType: "module" | "script" = "module"): string {
  const root = parser.parse(source, {
    ecmaVersion: "latest",
    sourceType,
    allowHashBang: true,
    allowReturnOutsideFunction: sourceType === "script",
  });
  const lines = [...source.matchAll(/\n/g)].map((it) => it.index);
  const edits: Edit[] = [];
  const site = (at: number): string => JSON.stringify(`${file}:${1 + lines.filter((it) => it < at).length}`);
  const wrap = (node: AnyNode, name: string): void => {
    edits.push({ at: node.start, end: node.start, text: `${GATES}.${name}((` });
    edits.push({ at: node.end, end: node.end, text: `), ${site(node.start)})` });
  };
  const inChains = new Set<AnyNode>();
  const visit = (node: AnyNode): void => {
    if (node.type === "ChainExpression") addChain(node.expression as AnyNode, inChains);
    if (node.type === "AwaitExpression") wrap(node.argument as AnyNode, "a");
    else if (node.type === "ForOfStatement" && node.await) wrap(node.right as AnyNode, "i");
    else if (node.type === "CallExpression" && node.callee.type === "Identifier" && TIMERS.has(node.callee.name)) {
      const { start, end, name } = node.callee;
      edits.push({ at: start, end, text: `${GATES}.t(${name}, ${site(start)})` });
    }
    const receiver = inChains.has(node) ? null : receiverOf(node);
    if (receiver !== null) wrap(receiver, "p");
    for (const child of Object.values(node)) {
      if (Array.isArray(child)) for (const it of child) isNode(it) && visit(it);
      else if (isNode(child)) visit(child);
    }
  };
  visit(root);
  return apply(source, edits);
}

/** `a?.b.then(f)` would fail where the chain ends early, if a part of it were put into a call. */
function addChain(node: AnyNode, into: Set<AnyNode>): void {
  if (node.type === "CallExpression") addChain(node.callee as AnyNode, into.add(node));
  else if (node.type === "MemberExpression") addChain(node.object as AnyNode, into.add(node));
}

/** What the callbacks of a call belong to. */
function receiverOf(node: AnyNode): AnyNode | null {
  if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression" || node.callee.computed) return null;
  const { object, property } = node.callee;
  return object.type !== "Super" && property.type === "Identifier" && CALLBACKS.has(property.name) ? (object as AnyNode) : null;
}

const isNode = (it: unknown): it is AnyNode => typeof it === "object" && it !== null && typeof (it as AnyNode).type === "string";

/** Of edits at one place those that end there come before those that begin there: inner ones were made later. */
function apply(source: string, edits: readonly Edit[]): string {
  const closing = edits.filter((it) => it.text.startsWith(")")).reverse();
  const opening = edits.filter((it) => !it.text.startsWith(")"));
  let text = "";
  let at = 0;
  for (const edit of [...closing, ...opening].toSorted((a, b) => a.at - b.at)) {
    text += source.slice(at, edit.at) + edit.text;
    at = edit.end;
  }
  return text + source.slice(at);
}
