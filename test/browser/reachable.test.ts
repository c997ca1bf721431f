import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "acorn";

const src = fileURLToPath(new URL("../../src", import.meta.url));

test("what a page loads imports nothing of Node's", () => {
  const reached = new Set<string>();
  const packages: string[] = [];
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    const code = stripTypeScriptTypes(readFileSync(file, "utf8"));
    for (const statement of parse(code, { ecmaVersion: "latest", sourceType: "module" }).body) {
      if (!("source" in statement) || statement.source == null) continue;
      const specifier = String(statement.source.value);
      if (specifier.startsWith(".")) visit(join(dirname(file), specifier));
      else packages.push(`${relative(src, file)}: ${specifier}`);
    }
  };
  visit(join(src, "browser.ts"));
  assert.ok(reached.size > 40, `only ${reached.size} modules were found`);
  assert.deepEqual(packages.sort(), ["browser.ts: acorn", "shared/codec/message.ts: msgpackr/pack"]);
});
