/** The page as one file: made by the build in the published package, made when it is asked for in the checkout. */
import { existsSync, readFileSync } from "node:fs";

export async function pageText(): Promise<string> {
  const built = new URL("./page.html", import.meta.url);
  if (existsSync(built)) return readFileSync(built, "utf8");
  const maker = new URL("../../scripts/package/dashboard-page.ts", import.meta.url);
  const { bundlePage } = (await import(maker.href)) as { bundlePage(): Promise<string> };
  return bundlePage();
}
