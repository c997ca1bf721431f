/**
 * Serves the checkout to browsers: `node examples/browser/server.ts`, then open the address that it prints.
 *
 * It does what a development server does, in a hundred lines: takes the types out of TypeScript, turns the names of packages
 * into addresses (import maps do not hold in workers), and sends the two headers without which threads share no memory.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".ts": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
};

const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

type Target = string | null | { readonly [condition: string]: Target } | readonly Target[];

/** The file that a package's `exports` name for browsers. */
function pick(target: Target | undefined): string | undefined {
  if (typeof target === "string" || target == null) return target ?? undefined;
  const options = Array.isArray(target)
    ? target
    : Object.entries(target as { readonly [condition: string]: Target })
        .filter(([condition]) => ["browser", "import", "default"].includes(condition))
        .map(([, it]) => it);
  return options.map(pick).find((it) => it !== undefined);
}

/** The address of a package, as in "msgpackr/pack"; undefined for a name that is none. */
function addressOf(specifier: string): string | undefined {
  const [, name, rest] = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(specifier)!;
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const folder = name === own.name ? "" : `/node_modules/${name}`;
  const file = join(root, folder, "package.json");
  if (!existsSync(file)) return undefined;
  const { exports } = JSON.parse(readFileSync(file, "utf8")) as { exports: Record<string, Target> };
  const path = pick(exports[`.${rest}`]);
  return path === undefined ? undefined : `${folder}/${path.replace(/^\.\//, "")}`;
}

function resolveImports(code: string): string {
  return code.replace(/(\bfrom\s*|\bimport\s*\(?\s*)(["'])([a-z@][\w@./-]*)\2/g, (all, before, quote, specifier) => {
    const address = addressOf(specifier);
    return address === undefined ? all : `${before}${quote}${address}${quote}`;
  });
}

function content(file: string): Buffer | string {
  const ending = extname(file);
  if (ending === ".ts") return resolveImports(stripTypeScriptTypes(readFileSync(file, "utf8")));
  return ending === ".js" || ending === ".mjs" ? resolveImports(readFileSync(file, "utf8")) : readFileSync(file);
}

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

export interface ServeOptions {
  /** Whether it sends the two headers. */
  readonly isolated?: boolean;
  /** 0: one that is free. */
  readonly port?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Serves on this machine only. */
export async function serve({ isolated = true, port = 0, headers: more = {} }: ServeOptions = {}): Promise<Served> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = join(root, decodeURIComponent(pathname), pathname.endsWith("/") ? "index.html" : "");
    const type = TYPES[extname(file)];
    const headers = { ...(isolated && ISOLATION), "Cache-Control": "no-store", ...more };
    if (type === undefined || !file.startsWith(root.replace(/[\\/]?$/, sep)) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404, headers).end();
      return;
    }
    response.writeHead(200, { ...headers, "Content-Type": type }).end(content(file));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

if (import.meta.main) {
  const { url } = await serve({ port: Number(process.argv[2] ?? 8080), isolated: !process.argv.includes("--not-isolated") });
  console.log(`${url}/examples/browser/ (Ctrl-C ends)`);
}
