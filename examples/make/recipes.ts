import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** What a recipe does: from the paths of its inputs to the content of its target. */
const recipes = {
  concat: (paths: readonly string[]) => Buffer.concat(paths.map((path) => readFileSync(path))),
  gzip: (paths: readonly string[]) => gzipSync(recipes.concat(paths), { level: 9 }),
  brotli: (paths: readonly string[]) =>
    brotliCompressSync(recipes.concat(paths), { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  sha256: (paths: readonly string[]) => Buffer.from(paths.map((path) => `${digest(readFileSync(path))}\n`).join("")),
};

export type RecipeName = keyof typeof recipes;
export const recipeNames = Object.keys(recipes) as RecipeName[];

export function isRecipe(name: string): name is RecipeName {
  return Object.hasOwn(recipes, name);
}

export function cook(recipe: RecipeName, paths: readonly string[]): Buffer {
  return recipes[recipe](paths);
}

function digest(data: Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
