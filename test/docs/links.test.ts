/** Links and anchors lead somewhere; pages are found from their index; nothing in them belongs to one machine only. */
import assert from "node:assert/strict";
import { existsSync, globSync, readdirSync } from "node:fs";
import { dirname, posix } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { anchorsOf, pages, root, takeApart, textOf } from "./pages.ts";

interface Link {
  readonly page: string;
  readonly target: string;
}

/** Links of the prose, without those to other places of the web. */
const links: Link[] = pages.flatMap((page) => {
  const prose = takeApart(textOf(page)).prose.replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)/gm)]
    .map(([, inline, reference]) => ({ page, target: inline ?? reference! }))
    .filter(({ target }) => !/^[a-z]+:/i.test(target));
});

function problemWith({ page, target }: Link): string | undefined {
  const [path, anchor] = target.split("#") as [string, string | undefined];
  const file = path === "" ? page : posix.normalize(posix.join(dirname(page), path));
  if (file.startsWith("..") || !existsSync(new URL(file, root))) return `${page}: there is no ${target}`;
  if (anchor === undefined || !/\.md$/.test(file)) return undefined;
  return anchorsOf(textOf(file)).has(anchor) ? undefined : `${page}: ${file} has no heading #${anchor}`;
}

function linksEachOf(index: string, folder: string): void {
  const linked = new Set(links.filter((it) => it.page === index).map((it) => it.target.split("#")[0]));
  const files = readdirSync(new URL(folder, root)).filter((name) => name.endsWith(".md") && name !== "README.md");
  const prefix = posix.relative(dirname(index), folder);
  const missing = files.filter((name) => !linked.has(prefix === "" ? name : `${prefix}/${name}`));
  assert.deepEqual(missing, [], `${index} does not link to these pages of ${folder}`);
}

describe("documents", () => {
  it("finds the pages", () => {
    assert.ok(pages.includes("README.md") && pages.includes("src/sched/README.md") && pages.includes("llms.txt"));
    assert.ok(links.length > 50);
  });

  it("links and anchors lead somewhere", () => {
    assert.deepEqual(
      links.map(problemWith).filter((it) => it !== undefined),
      [],
    );
  });

  it("pages and headings that comments in src name are there", () => {
    const missing: string[] = [];
    for (const file of globSync("src/**/*.ts", { cwd: fileURLToPath(root) })) {
      for (const [, path, heading] of textOf(file).matchAll(/(?<=\s)([\w./-]*README\.md)(?:, "([^"]+)")?/g)) {
        const page = posix.join(dirname(file), path!);
        const text = existsSync(new URL(page, root)) ? textOf(page) : undefined;
        const found =
          text !== undefined &&
          (heading === undefined || text.split("\n").some((it) => /^#+ /.test(it) && it.endsWith(` ${heading}`)));
        if (!found) missing.push(`${file}: ${page}${heading === undefined ? "" : `, "${heading}"`}`);
      }
    }
    assert.deepEqual(missing, []);
  });

  it("README and ARCHITECTURE name every folder of src", () => {
    const folders = readdirSync(new URL("src/", root), { withFileTypes: true }).filter((it) => it.isDirectory());
    const [readme, architecture] = [textOf("README.md"), textOf("ARCHITECTURE.md")];
    for (const { name } of folders) {
      assert.match(readme, new RegExp(`^\\| \`${name}/\` `, "m"), `README.md, "The folders of src": ${name}/`);
      assert.match(architecture, new RegExp(`^${name} |\`${name}/\``, "m"), `ARCHITECTURE.md, "Layers": ${name}/`);
    }
  });

  it("indices link to every page of their folder", () => {
    linksEachOf("docs/guide/README.md", "docs/guide/");
    linksEachOf("docs/decisions/README.md", "docs/decisions/");
    linksEachOf("docs/api/README.md", "docs/api/");
    linksEachOf("ARCHITECTURE.md", "docs/internals/");
  });

  it("hold no paths of one machine, and nothing left to do", () => {
    for (const page of pages) {
      assert.doesNotMatch(textOf(page), /(?<![\w.])\/(?:work|root|Users)\/|\/home\/[a-z]/, page);
      assert.doesNotMatch(textOf(page), /\b(?:TODO|FIXME|TBD)\b/, page);
    }
  });
});
