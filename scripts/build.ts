/**
 * Makes dist/, the published JavaScript: `node scripts/build.ts`.
 *
 * `npm pack` and `npm publish` also call it with `--pack` before they read package.json, and with `--unpack` afterwards:
 * the checkout's package.json points at the sources, the published one at dist/. The original lies in build/ meanwhile.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { joinModules } from "./package/bundle.ts";
import { publishedManifest } from "./package/manifest.ts";
import { relativeSpecifiers } from "./package/specifiers.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const manifest = join(root, "package.json");
const kept = join(root, "build", "package.json.kept");

const published = (original: string): string => `${JSON.stringify(publishedManifest(JSON.parse(original)), null, 2)}\n`;

/** Puts the checkout's package.json back, also after an `npm pack` that was interrupted. One that was edited since stays. */
function unpack(): void {
  if (!existsSync(kept)) return;
  if (readFileSync(manifest, "utf8") === published(readFileSync(kept, "utf8"))) renameSync(kept, manifest);
  else rmSync(kept);
}

/** Each file gets its name only when it is complete. */
function pack(): void {
  mkdirSync(dirname(kept), { recursive: true });
  const original = readFileSync(manifest, "utf8");
  for (const [file, text] of [
    [kept, original],
    [manifest, published(original)],
  ] as const) {
    writeFileSync(`${file}.part`, text);
    renameSync(`${file}.part`, file);
  }
}

async function build(): Promise<void> {
  rmSync(dist, { recursive: true, force: true });
  const tsc = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
    cwd: root,
    stdio: "inherit",
  });
  if (tsc.status !== 0) process.exit(tsc.status ?? 1);
  keepConstructorsPrivate();
  pointAtJavaScript();
  dropUnreachableTypes();
  await joinModules(dist);
  for (const asset of globSync("**/*.{wasm,json,html,css,svg}", { cwd: join(root, "src") })) {
    cpSync(join(root, "src", asset), join(dist, asset));
  }
}

/** A class whose constructor is internal would otherwise be declared with one that takes nothing. */
function keepConstructorsPrivate(): void {
  for (const name of globSync("**/*.d.ts", { cwd: dist })) {
    const source = readFileSync(join(root, "src", name.replace(/\.d\.ts$/, ".ts")), "utf8");
    const classes = source.split(/^(?=export (?:abstract )?class )/m).slice(1);
    const internal = classes
      .filter((it) => /^ {2}\/\*\* @internal \*\/\n {2}constructor\(/m.test(it))
      .map((it) => /class (\w+)/.exec(it)![1]!);
    if (internal.length === 0) continue;
    const file = join(dist, name);
    let text = readFileSync(file, "utf8");
    for (const it of internal) {
      const changed = text.replace(new RegExp(`(class ${it}\\b[^{]*\\{\\n)`), "$1    private constructor();\n");
      if (changed === text) throw new Error(`${name} does not declare the class ${it}`);
      text = changed;
    }
    writeFileSync(file, text);
  }
}

/** What the compiler leaves as it is: `new URL("x.ts", import.meta.url)` in code, and the extensions in declarations. */
function pointAtJavaScript(): void {
  for (const name of globSync("**/*.{js,d.ts}", { cwd: dist })) {
    const file = join(dist, name);
    const text = readFileSync(file, "utf8");
    const pattern = name.endsWith(".js")
      ? /(?<=new URL\("\.[^"]*\.)ts(?=", import\.meta\.url\))/g
      : /(?<=(?:from|import|import\() ?"\.[^"]*\.)ts(?=")/g;
    const changed = text.replace(pattern, "js");
    if (changed !== text) writeFileSync(file, changed);
  }
}

/** Only declarations that a public entry leads to are of use to anybody. */
function dropUnreachableTypes(): void {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const specifier of relativeSpecifiers(readFileSync(file, "utf8"))) {
      visit(join(dirname(file), specifier.replace(/\.js$/, ".d.ts")));
    }
  };
  for (const entry of publicTypes()) visit(join(root, entry));
  for (const name of globSync("**/*.d.ts", { cwd: dist })) {
    if (!reached.has(join(dist, name))) rmSync(join(dist, name));
  }
}

function publicTypes(): string[] {
  const { publishConfig } = JSON.parse(readFileSync(manifest, "utf8"));
  return [...JSON.stringify(publishConfig.exports).matchAll(/"types":"([^"]+)"/g)].map(([, path]) => path!);
}

const [mode, ...rest] = process.argv.slice(2);
if (rest.length > 0 || !["--pack", "--unpack", undefined].includes(mode)) {
  console.error("usage: node scripts/build.ts [--pack | --unpack]");
  process.exit(2);
}
unpack();
if (mode !== "--unpack") await build();
if (mode === "--pack") pack();
