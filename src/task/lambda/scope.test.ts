import assert from "node:assert/strict";
import { test } from "node:test";
import { isFunction, parseLambda } from "./parser.ts";
import { analyse } from "./scope.ts";

function free(text: string): string {
  const { node } = parseLambda(text);
  assert.ok(isFunction(node));
  return [...new Set(analyse(node).free.map(({ name }) => name))].join(" ");
}

function bound(text: string): string {
  const { node } = parseLambda(text);
  assert.ok(isFunction(node));
  return analyse(node)
    .bound.map(({ what }) => what)
    .join(" ");
}

// [what the row shows, the function's text, its free variables in the order of the text]
const FREE: [string, string, string][] = [
  ["parameters", "(a, b) => a + b + c", "c"],
  ["no parameters", "() => x", "x"],
  ["object pattern", "({ a, b: { c }, d = e, ...f }) => [a, b, c, d, e, f]", "e b"],
  ["array pattern", "([a, , b = c, ...[d]]) => a + b + d", "c"],
  ["computed key in a pattern", "({ [key]: a }) => a", "key"],
  ["default that reads an earlier parameter", "(a, b = a, { c } = b) => c", ""],
  ["default that reads a later parameter is still a parameter", "(a = b, b) => a", ""],
  ["default does not see the body's variables", "(a = x) => { var x = 1; return a + x; }", "x"],
  ["rest parameter", "(...all) => all.length", ""],
  ["var is hoisted out of blocks", "() => { if (a) { var v = 1; } for (var i = 0; i < 1; i++) {} return v + i; }", "a"],
  ["var used before its declaration", "() => { v = 1; var v; return v; }", ""],
  ["let ends with its block", "() => { { let v = 1; v; } return v; }", "v"],
  ["const in a block hides the outside", "() => { { const v = 1; v; } }", ""],
  ["function declarations are hoisted within their block", "() => { f(); { g(); function g() {} } function f() {} }", ""],
  ["a block's function ends with the block", "() => { { function g() {} } return g(); }", "g"],
  ["class declaration", "() => { const c = new C(); class C extends B {} return c; }", "B"],
  ["own name of a function expression", "function f(n) { return n < 2 ? n : f(n - 1); }", ""],
  ["inner function expression's name stays inside", "() => { const g = function h() { return h; }; return [g, h]; }", "h"],
  ["inner class expression's name stays inside", "() => { const g = class h { m() { return h; } }; return [g, h]; }", "h"],
  ["catch parameter", "() => { try { a; } catch (e) { e; } return e; }", "a e"],
  ["catch pattern with a default", "() => { try {} catch ({ message = fallback }) { message; } }", "fallback"],
  ["catch without a parameter", "() => { try {} catch { e; } }", "e"],
  ["var inside catch", "() => { try {} catch (e) { var seen = e; } return seen; }", ""],
  ["for let", "() => { for (let i = 0, n = m; i < n; i++) i; return i; }", "m i"],
  ["for in", "(o) => { for (const k in o) k; return k; }", "k"],
  ["for of with a pattern", "(o) => { for (const [k, { v }] of o) k + v; return v; }", "v"],
  ["for of assigns to an outer variable", "(o) => { for (k of o); }", "k"],
  ["for of assigns to a member", "(o) => { for (target.k of o); }", "target"],
  ["for await", "async (o) => { for await (const k of o) k; }", ""],
  ["switch has one scope", "(x) => { switch (x) { case 0: let y = 1; break; default: y; } return y; }", "y"],
  ["the switched value is outside of it", "() => { switch (x) { case 0: let x; } }", "x"],
  ["labels are not variables", "() => { outer: for (;;) { continue outer; break outer; } }", ""],
  ["shorthand property", "(a) => ({ a, b })", "b"],
  ["property names and members are not variables", "(a) => ({ b: a.c.d })", ""],
  ["computed property and member", "(a) => ({ [b]: a[c] })", "b c"],
  ["method, getter and setter", "() => ({ m() { return m; }, get g() { return 1; }, set g(v) { v; } })", "m"],
  ["arguments of a function", "function () { return arguments.length; }", ""],
  ["arguments of an arrow function", "() => arguments.length", "arguments"],
  ["arrow inside a function shares its arguments", "function () { return () => arguments; }", ""],
  ["destructuring assignment", "() => { let a; [a, b, c.d] = e; ({ f: a, g, h = i, ...j } = k); }", "b c e g h i j k"],
  ["assignment to a parameter", "(a) => { a = 1; a++; return a; }", ""],
  ["template literal", `(a) => tag\`x \${a} \${b}\``, "tag b"],
  ["optional chaining", "(a) => a?.b?.[c]?.(d)", "c d"],
  ["typeof on something undeclared", "() => typeof x", "x"],
  ["delete and void", "(o) => { delete o.p; void q; }", "q"],
  ["new", "() => new Thing(part)", "Thing part"],
  ["spread and sequence", "(a) => (b, [...a, ...c])", "b c"],
  ["nullish assignment", "(a) => { a ??= b; c ||= 1; }", "b c"],
  ["yield and await", "function* () { yield* a; yield b; }", "a b"],
  ["await", "async () => await a", "a"],
  ["nested arrow sees everything around it", "(a) => { const b = 1; return (c) => a + b + c + d; }", "d"],
  [
    "class fields, private names, accessors",
    "() => class { #p = a; static s = b; [c] = 1; m() { return this.#p + (#p in d); } }",
    "a b c d",
  ],
  ["static block", "() => class { static { var v = a; let w = v; w; } }", "a"],
  ["static block's variables stay inside", "() => { class C { static { var v; } } return [C, v]; }", "v"],
  ["class heritage", "() => class A extends mix(A, B) {}", "mix B"],
  ["regular expressions, bigints and null", "() => [/a(?<b>c)/u, 1n, null, true]", ""],
  ["using", "() => { using r = open(); r; }", "open"],
  ["directive", '() => { "use strict"; }', ""],
  ["import()", "async () => await import(name)", "name"],
  ["shorthand method", "m(a) { return a + m(b); }", "m b"],
  ["async generator method with a computed key", "async *[Symbol.iterator](a) { yield a + b; }", "b"],
  ["method with a string key", '"a b"(c) { return c + d; }', "d"],
  ["private method", "#m(a) { return a + b; }", "b"],
  ["getter", "get size() { return n; }", "n"],
  ["method called async", "async(a) { return b; }", "b"],
  ["method called function", "function(a) { return b; }", "b"],
];

for (const [what, text, expected] of FREE) {
  test(`free variables: ${what}`, () => assert.equal(free(text), expected));
}

const BOUND: [string, string, string][] = [
  ["this", "() => this.x", "this"],
  ["this of the lambda itself, as a function", "function () { return this; }", "this"],
  ["this in a nested arrow", "() => () => this", "this"],
  ["this of an inner function", "() => function () { return this; }", ""],
  ["this of an inner method", "() => ({ m() { return this; } })", ""],
  ["this in a computed key is outside", "() => ({ [this.k]: 1 })", "this"],
  ["this in an inner class", "() => class { a = this; static { this.b; } m() { return this; } }", ""],
  ["this in a class's computed key and heritage", "() => class extends this.B { [this.k]() {} }", "this this"],
  ["super in a method", "m() { return super.m(); }", "super"],
  ["super in an inner class", "() => class extends Object { constructor() { super(); } m() { return super.m; } }", ""],
  ["new.target", "function () { return new.target; }", "new.target"],
  ["new.target of an inner function", "() => function () { return new.target; }", ""],
  ["import.meta anywhere", "() => function () { return import.meta.url; }", "import.meta"],
];

for (const [what, text, expected] of BOUND) {
  test(`bound to its place: ${what}`, () => assert.equal(bound(text), expected));
}
