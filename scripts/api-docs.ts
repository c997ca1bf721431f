/**
 * Writes the API reference, docs/api/, from the declarations that the compiler emits and their doc comments:
 * `npm run docs:api`. With `--check` it writes nothing and fails if something would change.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Declaration, Declarations } from "./docs/declarations.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const emitted = join(root, "build/types");
const folder = join(root, "docs/api");

interface Area {
  readonly page: string;
  readonly title: string;
  /** Which files' declarations it has; the first area that fits takes them. */
  readonly files: RegExp;
}

const AREAS: readonly Area[] = [
  { page: "testing", title: "heddle/testing", files: /^testing\// },
  { page: "opentelemetry", title: "heddle/opentelemetry", files: /^opentelemetry\// },
  { page: "errors", title: "Errors", files: /^errors/ },
  { page: "places", title: "Places", files: /^(place\/(?!loops|finish)|task\/(whereabouts|main-arguments))/ },
  { page: "loops", title: "Loops and collections", files: /^(pattern|place\/loops)\// },
  { page: "crossing", title: "What crosses", files: /^shared\/codec\// },
  { page: "heap", title: "The heap", files: /^shared\/|^task\/(shared|wasm)/ },
  { page: "runtime", title: "Runtime", files: /^task\/runtime|^stuck\// },
  {
    page: "together",
    title: "Tasks together",
    files: /^(task\/(finish|phase|phaser|registration|accumulat|signal)|place\/finish)/,
  },
  { page: "tasks", title: "Tasks and futures", files: /./ },
];

interface Entry {
  readonly name: string;
  readonly declarations: readonly Declaration[];
  /** Whether programs can import it by this name. */
  readonly exported: boolean;
}

/** The exports of an entry, and the types that their declarations mention. */
function entriesOf(all: Declarations, file: string, known: Set<string>): Entry[] {
  const entries: Entry[] = [];
  const visit = (name: string, declarations: readonly Declaration[], exported: boolean): void => {
    const first = declarations[0];
    if (first === undefined || known.has(`${first.file} ${first.name}`)) return;
    known.add(`${first.file} ${first.name}`);
    entries.push({ name, declarations, exported });
  };
  for (const [name, declarations] of all.exportsOf(file)) visit(name, declarations, true);
  for (let i = 0; i < entries.length; i++) {
    const { declarations, exported } = entries[i]!;
    for (const { code, file: from } of declarations) {
      const bare = withoutComments(publicPart(code, exported));
      for (const [, path, name] of bare.matchAll(INLINE_IMPORT)) visit(name!, all.lookUp(all.resolve(from, path!), name!), false);
      for (const [name] of bare.matchAll(/\b[A-Z]\w*/g)) visit(name, all.lookUp(from, name), false);
    }
  }
  return entries;
}

const withoutComments = (code: string): string => code.replace(/\/\*[\s\S]*?\*\//g, "");

/** What the compiler writes for the type of a constant whose module does not import that type. */
const INLINE_IMPORT = /import\("(\.[^"]+)"\)\.(\w+)/g;

function section({ name, declarations, exported }: Entry): string {
  const comment = declarations.map((it) => it.comment).find((it) => it !== "") ?? "";
  const code = declarations.map((it) => tidy(publicPart(it.code, exported))).join("\n");
  const { text, throws } = tagsOf(comment);
  return [
    `## ${name}`,
    ...(exported ? [] : ["Not exported by name."]),
    ...(text === "" ? [] : [text]),
    ...(throws.length === 0 ? [] : [throws.map((it) => `- Throws ${it}`).join("\n")]),
    `\`\`\`ts snippet\n${code}\n\`\`\``,
  ].join("\n\n");
}

/** Without what only the class itself uses; of classes that programs cannot name, without constructors too. */
function publicPart(code: string, exported: boolean): string {
  const hidden = exported ? "#private|protected " : "#private|protected |constructor\\(";
  return code.replace(new RegExp(`(?:^ *\\/\\*\\*(?:(?!\\*\\/)[\\s\\S])*\\*\\/\\n)?^ *(?:${hidden})[^;]*;\\n`, "gm"), "");
}

function tidy(code: string): string {
  return code
    .replace(/^export (?:declare )?/, "")
    .replace(INLINE_IMPORT, "$2")
    .replace(/^(?: {4})+/gm, (spaces) => " ".repeat(spaces.length / 2));
}

/** The text before the first tag, and what stands behind each `@throws`. */
function tagsOf(comment: string): { text: string; throws: string[] } {
  const [text = "", ...tags] = comment.split(/^\s*@|(?<=\.)\s+@(?=throws)/m);
  const throws = tags
    .filter((it) => it.startsWith("throws "))
    .map((it) =>
      it
        .slice(7)
        .replace(/\s*\n\s*/g, " ")
        .trim(),
    );
  return { text: text.replaceAll("```ts\n", "```ts snippet\n").trim(), throws };
}

/** As GitHub names headings: small letters, and a number behind those that there are already. */
function anchor(heading: string, used: Set<string>): string {
  let name = heading.toLowerCase();
  for (let n = 1; used.has(name); n++) name = `${heading.toLowerCase()}-${n}`;
  used.add(name);
  return name;
}

const NOTE = "<!-- Written by `npm run docs:api` from the doc comments in src/. Do not edit. -->";

function pages(): Map<string, string> {
  const all = new Declarations(emitted);
  const known = new Set<string>();
  const entries = [
    ...entriesOf(all, "surface.d.ts", known),
    ...entriesOf(all, "testing/index.d.ts", known),
    ...entriesOf(all, "opentelemetry/index.d.ts", known),
  ];
  const written = new Map<string, string>();
  const index: string[] = [];
  for (const area of [...AREAS].reverse()) {
    const own = entries
      .filter((it) => AREAS.find(({ files }) => files.test(it.declarations[0]!.file)) === area)
      .sort((a, b) => Number(b.exported) - Number(a.exported) || (a.name < b.name ? -1 : 1));
    if (own.length === 0) continue;
    written.set(`${area.page}.md`, `${NOTE}\n\n# ${area.title}\n\n${own.map(section).join("\n\n")}\n`);
    const anchors = new Set<string>();
    const links = own.map(({ name }) => `[${name}](${area.page}.md#${anchor(name, anchors)})`);
    links.length = own.filter((it) => it.exported).length; // they come first
    index.push(`## [${area.title}](${area.page}.md)\n\n${links.join(", ")}`);
  }
  const introduction =
    "Everything that programs import, with its doc comment. The [guide](../guide/README.md) explains how to use it.";
  written.set("README.md", `${NOTE}\n\n# API reference\n\n${introduction}\n\n${index.join("\n\n")}\n`);
  return written;
}

function emit(): void {
  rmSync(emitted, { recursive: true, force: true });
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const options = ["-p", "tsconfig.build.json", "--emitDeclarationOnly", "--outDir", emitted];
  const { status } = spawnSync(process.execPath, [compiler, ...options], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

emit();
const written = pages();
if (process.argv[2] === "--check") {
  const stale = [...written].filter(
    ([name, text]) => readFileSync(join(folder, name), { encoding: "utf8", flag: "a+" }) !== text,
  );
  if (stale.length > 0) {
    console.error(`docs/api is out of date (${stale.map(([name]) => name).join(", ")}): npm run docs:api`);
    process.exitCode = 1;
  }
} else {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (!written.has(name)) rmSync(join(folder, name));
  for (const [name, text] of written) writeFileSync(join(folder, name), text);
}
