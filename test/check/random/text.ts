/** A line of a program, or several with what lies between the first and the last. */
export class Line {
  readonly text: string;
  readonly inside: Line[] | null;
  readonly end: string;
  /** Its number in the file, once that is written. */
  number = 0;

  constructor(text: string, inside: Line[] | null = null, end = "") {
    this.text = text;
    this.inside = inside;
    this.end = end;
  }
}

/** The text of a file, and the number of each line. */
export function write(lines: readonly Line[]): string {
  const text: string[] = [];
  const visit = (line: Line, indent: string): void => {
    line.number = text.push(indent + line.text);
    if (line.inside === null) return;
    for (const it of line.inside) visit(it, `${indent}  `);
    text.push(indent + line.end);
  };
  for (const line of lines) visit(line, "");
  return `${text.join("\n")}\n`;
}
