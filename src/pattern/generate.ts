/**
 * Inner loops with a source text of their own. An engine optimizes a loop for the function that it calls only if no other
 * loop has the same text: then a tiny body is inlined, and a call per index would cost ten times as much.
 */

/** Makes a function from text, in which `scope` names what it may use; null where a page's security policy forbids that. */
export type Generator = (name: string, parameters: readonly string[], text: string, scope: object) => Function | null;

let count = 0;

/** Replaced by tests. */
let generator: Generator = (name, parameters, text, scope) => {
  const own = `${name.replace(/\W/g, "_")}_${++count}`;
  try {
    const make = new Function(
      ...Object.keys(scope),
      `"use strict"; return function ${own}(${parameters.join(", ")}) {\n${text}\n}`,
    );
    return make(...Object.values(scope)) as Function;
  } catch (error) {
    if (error instanceof EvalError) return null;
    throw error;
  }
};

export function setGenerator(it: Generator): Generator {
  const before = generator;
  generator = it;
  made = new WeakMap();
  return before;
}

let made = new WeakMap<Function, Map<string, Function>>();

/**
 * The function of this shape that calls `body`, made once. `parts` says its text; `shared` makes the one that serves where
 * no code can be made from text.
 */
export function generated<F extends Function>(
  body: Function,
  shape: string,
  parts: () => { name: string; parameters: readonly string[]; text: string; scope: object },
  shared: () => F,
): F {
  let shapes = made.get(body);
  if (shapes === undefined) made.set(body, (shapes = new Map()));
  let fn = shapes.get(shape);
  if (fn === undefined) {
    const { name, parameters, text, scope } = parts();
    fn = generator(name, parameters, text, scope) ?? shared();
    shapes.set(shape, fn);
  }
  return fn as F;
}

/** Names for `count` arguments. */
export const argumentNames = (count: number): string[] => Array.from({ length: count }, (_, i) => `a${i}`);
