import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inspect, stripVTControlCharacters } from "node:util";
import { withoutPlaces } from "../shared/module-place.ts";
import { syntaxErrorIn } from "./syntax.ts";
import { paint } from "./text.ts";

/** Why the program failed: code, message, stack with the spawn site, causes, and what to do where we know it. With `place`, where it failed. */
export function failureText(error: unknown, unobserved = false, place?: number): string {
  const code = codeOf(error);
  const heading = `The program failed${place === undefined ? "" : ` at place ${place}`}${code === undefined ? "." : `: ${code}`}`;
  const parts = [`${paint("red", heading, process.stderr)}\n${story(error)}`];
  const advice = explain(error);
  if (advice !== undefined) parts.push(advice);
  if (unobserved)
    parts.push(
      "Nobody waited for it. Await every future and promise, or spawn inside a finish, which throws what its tasks throw.",
    );
  return parts.join("\n\n");
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

// Frames inside Node, heddle and its command line parser say nothing about the program; where heddle contradicts itself they do.
function story(error: unknown): string {
  const text = withoutPlaces(inspect(error, { colors: process.stderr.hasColors?.() ?? false }));
  if (!(error instanceof Error)) return `It threw a value that is not an Error: ${text}`;
  if (codeOf(error) === "HEDDLE_INVARIANT") return text;
  if (isUnplaced(error)) {
    const found = process.argv[1] === undefined ? undefined : syntaxErrorIn(process.argv[1]);
    if (found !== undefined) return `${found.file}:${found.line}\n${found.excerpt}\n${error.name}: ${error.message}`;
  }
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    if (!isForeignFrame(stripVTControlCharacters(line))) lines.push(line);
    else if (line.endsWith(" {")) lines[lines.length - 1] += " {"; // the error's fields follow
  }
  return lines.join("\n");
}

/** A module that cannot be parsed: its stack names no file. */
const isUnplaced = (error: Error): boolean =>
  error instanceof SyntaxError &&
  codeOf(error) === undefined &&
  (error.stack ?? "")
    .split("\n")
    .every((line, i) =>
      i === 0 ? line.startsWith("SyntaxError") : !/^\s+at /.test(line) || line.includes("node:") || line.includes(OWN),
    );

function isForeignFrame(line: string): boolean {
  return (
    /^\s+at /.test(line) &&
    ["node:internal/", "(node:events:", OWN, "/node_modules/commander/"].some((part) => line.includes(part))
  );
}

/** Part of the URL of every module of heddle. */
const OWN = new URL("..", import.meta.url).href;

/** In words, for the failures that puzzle people who run TypeScript directly. */
export function explain(error: unknown): string | undefined {
  const { message = "" } = (error ?? {}) as { message?: string };
  switch (codeOf(error)) {
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return `Node runs TypeScript by blanking out the types. Enums, namespaces with code in them, parameter properties and
"import x = require()" are more than types, so they cannot be blanked out. Write instead:
  enum Color { Red }                     const Color = { Red: 0 } as const;
  constructor(private size: number) {}   a field, and an assignment in the constructor
or compile with tsc, and run the JavaScript. With "erasableSyntaxOnly": true in tsconfig.json the editor tells you at once.`;
    case "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING":
      return "Node does not run TypeScript inside node_modules. The package has to publish JavaScript.";
    case "ERR_UNKNOWN_FILE_EXTENSION":
      return /\.[jt]sx"/.test(message)
        ? "Node cannot run JSX. Compile that file first, and import the JavaScript that comes out."
        : undefined;
    case "ERR_MODULE_NOT_FOUND":
      return missingModule(message);
    default:
      return error instanceof SyntaxError ? explainSyntax(error) : undefined;
  }
}

function explainSyntax({ message, stack = "" }: SyntaxError): string | undefined {
  const name = message.match(/does not provide an export named '([^']+)'/)?.[1];
  if (name !== undefined) {
    return `If ${name} is a type, say so, for Node does not look into the other file: import { type ${name} } from ...`;
  }
  if (Number(process.versions.node.split(".")[0]) < 24 && message.startsWith("Unexpected identifier"))
    return "If that is a `using` declaration: Node 24 is the first that knows it. Before, call free(), or [Symbol.dispose](), in a finally.";
  if (!/import statement outside a module|'import\.meta' outside a module|Unexpected token 'export'/.test(message))
    return undefined;
  const file = stack.match(/^(?:file:\/\/)?(.+):\d+\n/)?.[1];
  if (file === undefined) return undefined;
  if (/\.c[jt]s$/.test(file))
    return `Node takes ${file} for a CommonJS module, because of its ending. Call it .${file.endsWith("ts") ? "mts" : "mjs"}.`;
  const manifest = manifestAbove(file);
  if (manifest === undefined) return undefined;
  return `Node takes ${file} for a CommonJS module, because ${manifest} says "type": "commonjs", which npm init writes. Either
  npm pkg set type=module
or call the file .${file.endsWith("ts") ? "mts" : "mjs"}.`;
}

/** The package.json that speaks for a file, if it says that the file is no module. */
function manifestAbove(file: string): string | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const path = join(folder, "package.json");
    if (existsSync(path)) return /"type"\s*:\s*"commonjs"/.test(readFileSync(path, "utf8")) ? path : undefined;
    if (folder === dirname(folder)) return undefined;
  }
}

function missingModule(message: string): string | undefined {
  const name = message.match(/Cannot find package '([^']+)'/)?.[1];
  if (name !== undefined) return `To install it: npm install ${name}`;
  const path = message.match(/Cannot find module '([^']+)'/)?.[1];
  if (path !== undefined && !/\.\w+$/.test(path)) {
    return 'Node needs the whole file name in a relative import, with its ending: import { x } from "./other.ts".';
  }
  return undefined;
}
