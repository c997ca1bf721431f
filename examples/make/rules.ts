import type { RecipeName } from "./recipes.ts";
import { isRecipe, recipeNames } from "./recipes.ts";

export interface Rule {
  readonly target: string;
  readonly inputs: readonly string[];
  /** A rule without a recipe only groups its inputs. */
  readonly recipe?: RecipeName;
}

/**
 * Reads a small make language: `target: input...` at the start of a line, and its recipe, indented, on the next.
 * Throws a SyntaxError that names the line.
 */
export function parseRules(text: string): Rule[] {
  const rules: Rule[] = [];
  const seen = new Map<string, number>();
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.replace(/#.*/, "").trimEnd();
    const at = `line ${index + 1}`;
    if (line === "") continue;
    if (/^\s/.test(line)) {
      const recipe = line.trim();
      const rule = rules.pop();
      if (!rule) throw new SyntaxError(`${at}: the recipe "${recipe}" belongs to no rule`);
      if (rule.recipe) throw new SyntaxError(`${at}: ${rule.target} already has the recipe "${rule.recipe}"`);
      if (!isRecipe(recipe)) throw new SyntaxError(`${at}: no recipe is called "${recipe}"; there are ${recipeNames.join(", ")}`);
      rules.push({ ...rule, recipe });
      continue;
    }
    const match = /^(\S+)\s*:\s*(.*)$/.exec(line);
    if (!match) throw new SyntaxError(`${at}: expected "target: inputs", found "${line}"`);
    const [, target, inputs] = match as unknown as [string, string, string];
    if (seen.has(target)) throw new SyntaxError(`${at}: ${target} has a rule already, on line ${seen.get(target)}`);
    seen.set(target, index + 1);
    rules.push({ target, inputs: inputs.split(/\s+/).filter(Boolean) });
  }
  return rules;
}

/** The rules that a goal needs, inputs before the targets made of them. Throws where rules need each other in a circle. */
export function inOrder(rules: readonly Rule[], goal: string): Rule[] {
  const byTarget = new Map(rules.map((rule) => [rule.target, rule]));
  const order: Rule[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (target: string, path: readonly string[]): void => {
    const rule = byTarget.get(target);
    if (!rule || state.get(target) === "done") return;
    const here = [...path, target];
    if (state.get(target) === "open") throw new Error(`${here.slice(here.indexOf(target)).join(" needs ")}: a circle`);
    state.set(target, "open");
    for (const input of rule.inputs) visit(input, here);
    state.set(target, "done");
    order.push(rule);
  };
  if (!byTarget.has(goal)) throw new Error(`no rule makes ${goal}`);
  visit(goal, []);
  return order;
}
