/** llms.txt, docs/errors.md and docs/api speak of everything that the package exports. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import * as heddle from "heddle";
import { root, textOf } from "./pages.ts";

/** Every name that `from "heddle"` gives, types too. */
function exportedNames(): string[] {
  const surface = textOf("src/surface.ts");
  const listed = [...surface.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names]) =>
    names!.split(",").map((name) =>
      name
        .trim()
        .replace(/^type /, "")
        .replace(/^.* as /, ""),
    ),
  );
  const errors = [...textOf("src/errors.ts").matchAll(/^export class (\w+)/gm)].map(([, name]) => name!);
  return [...new Set([...listed, ...errors, ...Object.keys(heddle)])].filter((name) => name !== "").sort();
}

const speaksOf = (text: string) => (name: string) => new RegExp(`\\b${name}\\b`).test(text);

describe("reference", () => {
  const names = exportedNames();

  it("finds the exports", () => {
    for (const name of ["task", "spawn", "SpawnOptions", "HeddleError", "FinishOptions"]) assert.ok(names.includes(name), name);
  });

  it("llms.txt speaks of every export", () => {
    const known = speaksOf(textOf("llms.txt"));
    assert.deepEqual(
      names.filter((name) => !known(name)),
      [],
    );
  });

  it("docs/api has every export", () => {
    const folder = readdirSync(new URL("docs/api/", root));
    const known = speaksOf(folder.map((name) => textOf(`docs/api/${name}`)).join("\n"));
    assert.deepEqual(
      names.filter((name) => !known(name)),
      [],
      "npm run docs:api writes it anew",
    );
  });

  it("docs/api is what the doc comments say", () => {
    const script = fileURLToPath(new URL("scripts/api-docs.ts", root));
    const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });

  it("every error code is explained", () => {
    const codes = [...textOf("src/errors.ts").matchAll(/code(?:: string)? = "(\w+)"/g)].map(([, code]) => code!);
    assert.ok(codes.length > 20);
    for (const page of ["docs/errors.md", "llms.txt"]) {
      assert.deepEqual(
        codes.filter((code) => !speaksOf(textOf(page))(code)),
        [],
        page,
      );
    }
  });
});
