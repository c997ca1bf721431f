import type { Expression, Function as FunctionNode, MethodDefinition, Options, PropertyDefinition } from "acorn";

/** What this folder needs of acorn. */
export interface Parser {
  parseExpressionAt(input: string, pos: number, options: Options): Expression;
}

export interface ParsedLambda {
  /** The function, or the class that was found in its place. Positions count from `offset` in the function's text. */
  readonly node: Expression;
  /** What to subtract from a node's position to get the position in the function's text. */
  readonly offset: number;
  /** An expression that evaluates to the function: the text itself, or a shorthand method put into an object. */
  readonly source: string;
}

const OPTIONS: Options = { ecmaVersion: "latest", sourceType: "module", allowSuperOutsideMethod: true };
const CLASS = "class{";

let parser: Parser | undefined;

/** Gives this folder its parser where it cannot load one by itself: in a browser. */
export function useParser(chosen: Parser): void {
  parser = chosen;
}

// Loaded at the first lambda, not at import: workers seldom compile lambdas, and the parser takes milliseconds to load.
function load(): Parser {
  if (parser !== undefined) return parser;
  const { createRequire } = process.getBuiltinModule("node:module");
  parser = createRequire(import.meta.url)("acorn") as Parser;
  return parser;
}

/** Parses what `Function.prototype.toString` gave. Throws acorn's SyntaxError, with `pos` counted in `text`. */
export function parseLambda(text: string): ParsedLambda {
  const acorn = load();
  try {
    const node = acorn.parseExpressionAt(text, 0, OPTIONS);
    if (text.slice(node.end).trim() === "") return { node, offset: 0, source: text };
    throw Object.assign(new SyntaxError("Unexpected token"), { pos: node.end });
  } catch (error) {
    return parseMethod(acorn, text, error as PositionedError);
  }
}

interface PositionedError extends SyntaxError {
  pos?: number;
}

// `m(a) {}`, `async *[key](a) {}`, `get x() {}`, `#m(a) {}` are the texts of methods: expressions only inside a class or object.
function parseMethod(acorn: Parser, text: string, first: PositionedError): ParsedLambda {
  let element: MethodDefinition | PropertyDefinition | unknown;
  try {
    const node = acorn.parseExpressionAt(`${CLASS}${text}\n}`, 0, OPTIONS);
    if (node.type !== "ClassExpression" || node.body.body.length !== 1) throw first;
    element = node.body.body[0];
  } catch (error) {
    const second = error as PositionedError;
    if (second.pos !== undefined) second.pos -= CLASS.length;
    throw (second.pos ?? -1) > (first.pos ?? -1) ? second : first;
  }
  const { type, value: node } = element as MethodDefinition;
  if (type !== "MethodDefinition") throw first;
  const head = `${node.async ? "async " : ""}${node.generator ? "*" : ""}`;
  const rest = text.slice(node.start - CLASS.length, node.end - CLASS.length);
  return { node, offset: CLASS.length, source: `({ ${head}lambda${rest} }).lambda` };
}

export function isFunction(node: Expression): node is Expression & FunctionNode {
  return node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression";
}
