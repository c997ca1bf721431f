import { TaskDefinitionError } from "../errors.ts";
import type { Future } from "../sched/core.ts";
import { Body, type TaskDefinition } from "../sched/definition.ts";
import { director } from "../sched/direct.ts";
import { setInstantiate } from "../sched/imports.ts";
import { remember } from "../sched/registry.ts";
import { callerOf, noteDefinitionAt } from "../sched/spawn-site.ts";
import { checkArity, compileLambda, type LambdaInfo } from "./lambda/compile.ts";
import { instantiate, lambdaName } from "./lambda/instantiate.ts";
import { checkOptions, spawnNow } from "./options.ts";
import type { SpawnOptions } from "./spawn-options.ts";
import type { ResultOf } from "./task.ts";

/**
 * Spawns a lambda. The function travels as source text, so everything that it uses must be captured by name: values in the
 * array, and parameters of the same number. Checked when the lambda is first used. Never blocks.
 *
 * ```ts
 * const total = spawn([prices, rate], (prices, rate) => prices.reduce((sum, p) => sum + p * rate, 0));
 * ```
 *
 * @throws LambdaError `HEDDLE_LAMBDA` naming the variables that were not captured.
 */
export function spawn<C extends readonly unknown[], R>(
  captures: readonly [...C],
  body: (...captures: NoInfer<C>) => R,
  options: SpawnOptions | null = null,
): Future<ResultOf<R>> {
  if (!Array.isArray(captures) || typeof body !== "function") {
    throw new TaskDefinitionError(
      "spawn: give the captured values in an array and a function that takes them: spawn([a, b], (a, b) => ...)",
    );
  }
  const info = compileLambda(body, spawn);
  checkArity(info, captures.length, spawn);
  if (options !== null) checkOptions(options);
  return spawnNow(
    lambdaDefinition(info, () => callerOf(spawn)),
    [...captures],
    options,
  ) as Future<ResultOf<R>>;
}

const definitions = new Map<string, TaskDefinition>();

/** The definition for a lambda's text: the same for the same text. `site` says where it is given to heddle, "file:line:column", and is asked once. */
export function lambdaDefinition(
  info: Pick<LambdaInfo, "source" | "kind" | "params">,
  site: () => string | undefined,
): TaskDefinition {
  const { source } = info;
  let def = definitions.get(source);
  if (def === undefined) {
    const body = info.kind === "plain" ? Body.PLAIN : info.kind === "generator" ? Body.GENERATOR : Body.ASYNC;
    const fn = instantiate(source) as (...args: never[]) => unknown;
    const name = fn.name || lambdaName(source);
    def = {
      fn: director === null ? fn : director.body(fn, name),
      body,
      arity: fn.length > 3 || fn.length !== info.params ? -1 : fn.length,
      name,
      url: "lambda:",
      order: 0,
      hash: 0,
      source,
    };
    definitions.set(source, def);
    remember(fn, def);
    const at = site();
    if (at !== undefined) noteDefinitionAt(def, at);
  }
  return def;
}

setInstantiate((entry) => {
  const source = entry.source!;
  const fn = instantiate(source);
  const kind =
    fn.constructor.name === "AsyncFunction" ? "async" : fn.constructor.name === "GeneratorFunction" ? "generator" : "plain";
  return lambdaDefinition({ source, kind, params: fn.length }, () => entry.site);
});
