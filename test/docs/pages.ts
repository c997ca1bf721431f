/** The documents of the repository, taken apart. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = new URL("../../", import.meta.url);

const SKIPPED = /^(node_modules|build|dist|test-artefacts)\/|\/(node_modules|build)\//;

/** Every Markdown page and llms.txt, by path from the root. */
export const pages: readonly string[] = globSync("{llms.txt,**/*.md}", { cwd: fileURLToPath(root) })
  .map((page) => page.replaceAll("\\", "/"))
  .filter((page) => !SKIPPED.test(page))
  .filter((page, i, all) => all.indexOf(page) === i)
  .sort();

export const textOf = (page: string): string => readFileSync(new URL(page, root), "utf8");

export interface Block {
  /** What stands behind the opening fence: the language, then flags. */
  readonly info: readonly string[];
  readonly code: string;
  /** Line number of the block's first line of code. */
  readonly line: number;
}

/** The fenced blocks of a page, and its prose with those blocks left empty. */
export function takeApart(text: string): { blocks: Block[]; prose: string } {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { fence: string; indent: number; info: string[]; lines: string[]; line: number } | null = null;
  text.split("\n").forEach((line, i) => {
    const fence = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line);
    if (open === null && fence !== null) {
      open = { fence: fence[2]!, indent: fence[1]!.length, info: fence[3]!.trim().split(/\s+/), lines: [], line: i + 2 };
    } else if (open !== null && fence !== null && fence[2] === open.fence && fence[3]!.trim() === "") {
      blocks.push({ info: open.info, code: `${open.lines.join("\n")}\n`, line: open.line });
      open = null;
    } else if (open !== null) {
      open.lines.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
      prose.push("");
      return;
    }
    prose.push(fence === null ? line : "");
  });
  return { blocks, prose: prose.join("\n") };
}

/** Headings of a page as GitHub names their anchors. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of takeApart(text).prose.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "");
    const slug = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    let name = slug;
    for (let n = 1; anchors.has(name); n++) name = `${slug}-${n}`;
    anchors.add(name);
  }
  return anchors;
}
