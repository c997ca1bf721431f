const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
const LONGEST_KEY = 60;

/** One step of a path: `.name`, `[3]`, or `["any other key"]`. */
export function memberStep(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  if (IDENTIFIER.test(key)) return `.${shorten(key, LONGEST_KEY)}`;
  return `[${JSON.stringify(shorten(key, LONGEST_KEY))}]`;
}

/** A map's entry, named by its key where the key can be written down. */
export function mapStep(key: unknown, index: number): string {
  if (typeof key === "string") return `.get(${JSON.stringify(shorten(key, LONGEST_KEY))})`;
  if (typeof key === "number" || typeof key === "boolean" || key == null) return `.get(${String(key)})`;
  return `.values()[${index}]`;
}

export function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
