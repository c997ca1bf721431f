/** The URL of a module of this package, given without its extension: `.ts` among the sources, `.js` in the published package. */
export function moduleUrl(path: string, base: string): URL {
  return new URL(`${path}${base.endsWith(".ts") ? ".ts" : ".js"}`, base);
}
