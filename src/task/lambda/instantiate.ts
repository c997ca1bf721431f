import { LambdaError } from "../../errors.ts";
import { LAMBDA } from "../../sched/definition.ts";
import { SourceCache } from "./cache.ts";
import { NAME_HELPER } from "./globals.ts";

const made = new SourceCache<Function>();
// biome-ignore lint/security/noGlobalEval: a lambda is code that travelled as text; called by another name, eval sees global scope only.
const indirectEval = eval;

/**
 * Makes the function that `compileLambda` checked, in this thread: strict mode, global scope. One text gives one function,
 * which keeps what the engine learns about it. In stacks its frames read `heddle-lambda-<hash>:<line>:<column>`, with the
 * lines of the lambda's own text.
 *
 * @throws {LambdaError} HEDDLE_LAMBDA where a page's security policy forbids making code from text.
 */
export function instantiate(source: string): Function {
  const known = made.get(source);
  if (known !== undefined) return known;
  const helper = source.includes(NAME_HELPER) ? `const ${NAME_HELPER} = (f) => f; ` : "";
  let fn: Function;
  try {
    // Not `new Function`, whose text begins on line 3.
    fn = indirectEval(`"use strict"; ${helper}(${source}\n)\n//# sourceURL=${lambdaName(source)}`) as Function;
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    const message =
      "This page's security policy forbids code made from text, which lambdas are. Use a task, or allow 'unsafe-eval'.";
    throw new LambdaError(message, { cause: error });
  }
  made.set(source, fn);
  return fn;
}

/** The name of a lambda in stacks: its text's hash (FNV-1a). */
export function lambdaName(source: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < source.length; i++) hash = Math.imul(hash ^ source.charCodeAt(i), 0x01000193);
  return `${LAMBDA}${(hash >>> 0).toString(16).padStart(8, "0")}`;
}
