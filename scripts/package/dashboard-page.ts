/** The page of `heddle run --dashboard` as one file: styles, modules and the two libraries that they use, with their licences. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, type Rolldown } from "vite";

const root = new URL("../../", import.meta.url);
const page = new URL("src/dashboard/page/", root);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

const LIBRARIES = ["preact", "uplot"] as const;

export async function bundlePage(): Promise<string> {
  const input = fileURLToPath(new URL("main.ts", page));
  const { output } = (await build({
    configFile: false,
    logLevel: "silent",
    root: fileURLToPath(page),
    build: { write: false, minify: true, modulePreload: false, rolldownOptions: { input } },
  })) as Rolldown.RolldownOutput;
  const script = output.map((it) => (it.type === "chunk" ? it.code : "")).join("");
  const styles =
    read("node_modules/uplot/dist/uPlot.min.css") + readFileSync(new URL("page.css", page), "utf8").replace(/\s*\n\s*/g, " ");
  const licences = LIBRARIES.map((name) => `${name} ${version(name)}\n\n${read(`node_modules/${name}/LICENSE`).trim()}`);
  if (/NONCE|<\/script|<!--/i.test(script)) throw new Error("the page's modules hold a word that ends or changes the page");
  return readFileSync(new URL("page.html", page), "utf8")
    .replace("<html", () => `<!--\nThis page contains:\n\n${licences.join("\n\n---\n\n").replaceAll("--", "- -")}\n-->\n<html`)
    .replace("/* STYLES */", () => styles)
    .replace("/* SCRIPT */", () => script);
}

const version = (name: string): string => (JSON.parse(read(`node_modules/${name}/package.json`)) as { version: string }).version;
