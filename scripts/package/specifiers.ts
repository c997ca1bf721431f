/** The relative modules that the text of a declaration file or of a compiled module imports. */
export function relativeSpecifiers(text: string): string[] {
  return [...text.matchAll(/(?:\bfrom|\bimport|\bimport\() ?"(\.[^"]+)"/g)].map(([, specifier]) => specifier!);
}
