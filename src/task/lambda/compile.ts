import type { Expression, Function as FunctionNode, ImportExpression } from "acorn";
import { LambdaError } from "../../errors.ts";
import { SourceCache } from "./cache.ts";
import { isStandardGlobal } from "./globals.ts";
import { isFunction, type ParsedLambda, parseLambda } from "./parser.ts";
import { callSite, excerpts, list, type Mark, position } from "./report.ts";
import { type Analysis, analyse } from "./scope.ts";

export interface LambdaInfo {
  /** An expression that evaluates to the function: what `instantiate` takes. */
  readonly source: string;
  readonly kind: "plain" | "generator" | "async";
  /** How many parameters there are, a rest parameter included. */
  readonly params: number;
  /** How many captures the parameters call for: fewer than `params` where the last ones have default values. */
  readonly required: number;
  /** The last parameter is a rest parameter: any number of captures from `required` on will do. */
  readonly rest: boolean;
}

const checked = new SourceCache<LambdaInfo>();

/** Says how the call gives a lambda what it does not have: `lambda` with the missing names as parameters, `given` with them as values. */
export type WayIn = (lambda: string, given: readonly string[], missing: readonly string[]) => string;

/** For a function which heddle calls with a fixed number of arguments. */
export const nothingElse =
  (what: string): WayIn =>
  () =>
    `${what} gets nothing else: make it a task at the top level of a module, where it may use what that declares.`;

const asCaptures: WayIn = (lambda, given) =>
  `Name what it needs twice, as captures and as parameters:\n  spawn([${given.join(", ")}], ${lambda})`;

/**
 * Checks that a function can run in another thread from its text alone, and describes it. A text is checked once.
 *
 * @param callee the public function that the user called; the error's stack and its call site begin at that call.
 * @param wayIn what to write instead, if it uses a variable that it does not have.
 * @throws {LambdaError} HEDDLE_LAMBDA: the function is native, a class or an async generator; or it uses a variable that it
 *   does not declare, `this`, `super`, `new.target`, `import.meta` or a relative `import()`.
 */
export function compileLambda(fn: Function, callee: Function = compileLambda, wayIn: WayIn = asCaptures): LambdaInfo {
  const text = Function.prototype.toString.call(fn);
  const known = checked.get(text);
  if (known !== undefined) return known;
  const result = check(text, wayIn);
  if (typeof result === "string") throw refusal(result, callee);
  checked.set(text, result);
  return result;
}

/**
 * Checks that a lambda gets one capture for each parameter.
 *
 * @throws {LambdaError} HEDDLE_LAMBDA
 */
export function checkArity(info: LambdaInfo, captures: number, callee: Function = checkArity): void {
  if (captures >= info.required && (info.rest || captures <= info.params)) return;
  const few = captures < info.required;
  const number = info.required === info.params ? `${info.params}` : `${info.required} to ${info.params}`;
  const takes = info.rest ? `at least ${info.required} parameters` : `${number} parameter${number === "1" ? "" : "s"}`;
  const wrong = few ? "so some parameters would be undefined" : "so some captures would have no name";
  throw refusal(
    `This lambda takes ${takes}, but ${captures} ${captures === 1 ? "value is" : "values are"} captured, ${wrong}.\n` +
      "Name each captured value in the same place on both sides:\n  spawn([a, b], (a, b) => ...)",
    callee,
  );
}

function refusal(message: string, callee: Function): LambdaError {
  const site = callSite(callee);
  const error = new LambdaError(site === undefined ? message : `${message}\nThe call is at ${site}`);
  Error.captureStackTrace?.(error, callee);
  return error;
}

/** The description, or the reason why there is none. */
function check(text: string, wayIn: WayIn): LambdaInfo | string {
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) {
    return "A lambda is shipped by its text, and this function has none: it is native, or bound with `bind`. Wrap the call in an arrow function.";
  }
  let parsed: ParsedLambda;
  try {
    parsed = parseLambda(text);
  } catch (error) {
    return unreadable(text, error);
  }
  const { node, offset, source } = parsed;
  if (!isFunction(node)) return describeOther(node);
  if (node.async && node.generator) {
    return "A lambda cannot be an async generator: its caller gets one future, not a stream. Use an async function, or mapStream.";
  }
  const problem = describe(text, node, offset, analyse(node), wayIn);
  if (problem !== undefined) return problem;
  const { params } = node;
  return {
    source,
    kind: node.async ? "async" : node.generator ? "generator" : "plain",
    params: params.length,
    required: params.findLastIndex((param) => param.type !== "AssignmentPattern" && param.type !== "RestElement") + 1,
    rest: params.at(-1)?.type === "RestElement",
  };
}

function describeOther(node: Expression): string {
  if (node.type === "ClassExpression") {
    return "A class cannot be a lambda: tasks are called, not constructed. Write (...) => new TheClass(...), with the class declared inside.";
  }
  return "This function's text is not that of a function, so it cannot be shipped.";
}

function unreadable(text: string, error: unknown): string {
  const { message, pos } = error as SyntaxError & { pos?: number };
  const reason = message.replace(/ \(\d+:\d+\)$/, "");
  const start = Math.max(0, Math.min(pos ?? 0, text.length - 1));
  return (
    "This function cannot be shipped as a lambda, because its text does not stand by itself as strict mode code:\n\n" +
    excerpts(text, [{ start, end: start + 1, note: reason }])
  );
}

const INSTEAD: Readonly<Record<string, string>> = {
  this: "Capture what you need of it: spawn([this.size], (size) => ...).",
  super: "Call the inherited method outside, or put it in a task.",
  "new.target": "A task is never called with `new`.",
  "import.meta": "Capture what you need of it: spawn([import.meta.url], (url) => ...).",
  "import()": 'Resolve it where you are: spawn([import.meta.resolve("./x.js")], async (url) => await import(url)).',
  eval: "`eval` is refused: the variables of code made from text cannot be checked.",
  arguments: "An arrow function has no `arguments` of its own: use a rest parameter.",
  require: 'There is no `require` in a lambda: use await import("node:fs") in an async lambda.',
  module: "A lambda has no module around it.",
  exports: "A lambda has no module around it.",
  __dirname: "Capture it: spawn([__dirname], (dir) => ...).",
  __filename: "Capture it: spawn([__filename], (file) => ...).",
};

function describe(text: string, node: FunctionNode, offset: number, analysis: Analysis, wayIn: WayIn): string | undefined {
  const marks: Mark[] = [];
  const seen = new Set<string>();
  const mark = (what: string, start: number, end: number) => {
    if (seen.has(what)) return;
    seen.add(what);
    marks.push({ start: start - offset, end: end - offset, note: what });
  };
  for (const use of analysis.free) if (!isStandardGlobal(use.name)) mark(use.name, use.start, use.end);
  const names = [...seen];
  for (const { what, node: at } of analysis.bound) mark(what, at.start, at.end);
  for (const at of analysis.imports) if (isRelative(at)) mark("import()", at.source.start, at.source.end);
  if (marks.length === 0) return undefined;

  marks.sort((a, b) => a.start - b.start);
  const capturable = names.filter((name) => INSTEAD[name] === undefined);
  const bound = marks.filter(({ note }) => INSTEAD[note] !== undefined).map(({ note }) => note);
  const headline: string[] = [];
  if (capturable.length > 0) headline.push(`This lambda uses ${list(capturable.map(at))}, which it does not capture.`);
  if (bound.length > 0)
    headline.push(`A lambda cannot use ${list(bound.map(at))}: that belongs to the place where it is written.`);

  const advice: string[] = ["It runs in another thread, from its text alone."];
  if (capturable.length > 0) {
    const params = [...node.params.map((param) => text.slice(param.start - offset, param.end - offset)), ...capturable];
    const given = [...node.params.map((param) => (param.type === "Identifier" ? param.name : "...")), ...capturable];
    const star = node.generator ? "function* " : node.async ? "async " : "";
    advice.push(wayIn(`${star}(${params.join(", ")}) ${node.generator ? "{ ... }" : "=> ..."}`, given, capturable));
    advice.push("A function, imported or not, cannot be given: make it a task, declare it inside, or import() it inside.");
    if (capturable.some((name) => /^(__vite_|__vi_|cov_)|_\d+$/.test(name))) {
      advice.push("A name that you did not write comes from a build tool: it stands for an import, or counts coverage.");
    }
  }
  for (const word of bound) advice.push(INSTEAD[word]);
  return `${headline.join("\n")}\n\n${excerpts(text, marks)}\n\n${advice.join("\n")}`;

  function at(name: string): string {
    const { line, column } = position(text, marks.find(({ note }) => note === name)!.start);
    return `${name} (${line}:${column})`;
  }
}

// A path that starts at the file it stands in: `./x`, `../x`, and `#x`, which that file's package.json resolves.
function isRelative({ source }: ImportExpression): boolean {
  if (source.type === "Literal") return typeof source.value === "string" && /^[.#]/.test(source.value);
  return source.type === "TemplateLiteral" && /^[.#]/.test(source.quasis[0].value.cooked ?? "");
}
