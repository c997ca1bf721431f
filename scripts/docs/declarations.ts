/** Reads the declarations that the compiler emits, as text: names, doc comments, signatures. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Declaration {
  readonly name: string;
  /** The text of the doc comment, without its stars. */
  readonly comment: string;
  /** The declaration as TypeScript. */
  readonly code: string;
  /** Path of its file, from the folder of the declarations. */
  readonly file: string;
}

interface Module {
  /** Everything declared at the top level; overloads are several of one name. */
  readonly declarations: Declaration[];
  /** Local name to where it comes from. */
  readonly imports: Map<string, { file: string; name: string }>;
  readonly reexports: { file: string; names: [outer: string, inner: string][] | "all" }[];
}

const START =
  /^(?:export )?(?:declare )?(?:abstract )?(?:default )?(function|class|interface|type|const|enum|namespace)\s*\*?\s*([\w$]+)/;

export class Declarations {
  readonly #folder: string;
  readonly #modules = new Map<string, Module>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What the module exports: each name with all its declarations. */
  exportsOf(file: string): Map<string, Declaration[]> {
    const found = new Map<string, Declaration[]>();
    const { declarations, reexports } = this.#module(file);
    for (const it of declarations) if (it.code.startsWith("export ")) add(found, it.name, it);
    for (const { file: from, names } of reexports) {
      const theirs = this.exportsOf(from);
      const wanted = names === "all" ? [...theirs.keys()].map((name): [string, string] => [name, name]) : names;
      for (const [outer, inner] of wanted) for (const it of theirs.get(inner) ?? []) add(found, outer, it);
    }
    return found;
  }

  /** What the name means in the file. */
  lookUp(file: string, name: string): Declaration[] {
    const { declarations, imports } = this.#module(file);
    const own = declarations.filter((it) => it.name === name);
    const from = imports.get(name);
    if (own.length > 0 || from === undefined) return own;
    return this.exportsOf(from.file).get(from.name) ?? [];
  }

  /** The file that a relative specifier in `file` names. */
  resolve(file: string, specifier: string): string {
    return join(dirname(file), specifier).replace(/\.(ts|js)$/, ".d.ts");
  }

  #module(file: string): Module {
    let module = this.#modules.get(file);
    if (module === undefined) this.#modules.set(file, (module = this.#read(file)));
    return module;
  }

  #read(file: string): Module {
    const text = readFileSync(join(this.#folder, file), "utf8");
    const resolve = (specifier: string): string => this.resolve(file, specifier);
    const imports: Module["imports"] = new Map();
    const reexports: Module["reexports"] = [];
    for (const [, names, specifier] of text.matchAll(/^import (?:type )?\{([^}]*)\} from "(\.[^"]+)"/gm)) {
      for (const [outer, inner] of namesIn(names!)) imports.set(outer, { file: resolve(specifier!), name: inner });
    }
    for (const [, names, specifier] of text.matchAll(/^export (?:type )?(?:\{([^}]*)\}|\*) from "(\.[^"]+)"/gm)) {
      reexports.push({ file: resolve(specifier!), names: names === undefined ? "all" : namesIn(names) });
    }
    return { declarations: declarationsIn(text, file), imports, reexports };
  }
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** `a, type b as c` to [outer, inner] pairs. */
function namesIn(list: string): [string, string][] {
  return list
    .split(",")
    .map((it) => it.trim().replace(/^type /, ""))
    .filter((it) => it !== "")
    .map((it) => {
      const [inner, outer = inner] = it.split(" as ") as [string, string?];
      return [outer, inner];
    });
}

/** Declarations at the top level: each begins at the start of a line and ends where its brackets are closed. */
function declarationsIn(text: string, file: string): Declaration[] {
  const lines = text.split("\n");
  const found: Declaration[] = [];
  let comment = "";
  for (let i = 0; i < lines.length; i++) {
    if (lines[i]!.startsWith("/**")) {
      const first = i;
      while (!lines[i]!.includes("*/")) i++;
      comment = plainComment(lines.slice(first, i + 1).join("\n"));
      continue;
    }
    const start = START.exec(lines[i]!);
    if (start === null) {
      comment = "";
      continue;
    }
    const first = i;
    let depth = bracketsOf(lines[i]!);
    while (depth > 0 || !/[;}]\s*$/.test(lines[i]!)) depth += bracketsOf(lines[++i]!);
    const code = lines.slice(first, i + 1).join("\n");
    found.push({ name: start[2]!, comment, code, file });
    comment = "";
  }
  return found;
}

function bracketsOf(line: string): number {
  const bare = line.replace(/\/\*.*?\*\/|\/\/.*$|^\s*\*.*$/g, "").replace(/"[^"]*"|=>/g, "");
  return (bare.match(/[{([]/g)?.length ?? 0) - (bare.match(/[})\]]/g)?.length ?? 0);
}

function plainComment(text: string): string {
  return text
    .replace(/^\/\*\*\s?|\s*\*\/$/g, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join("\n")
    .trim();
}
