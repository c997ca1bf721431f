/** Figures in words. */

export const count = (n: number): string => Math.round(n).toLocaleString("en-US");

/** 1234567 -> "1.23 M" */
export function brief(n: number): string {
  for (const [unit, letter] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (n >= unit * 9.995 || (unit > 1e3 && n >= unit)) {
      const value = n / unit;
      return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ${letter}`;
    }
  }
  return n >= 100 || Number.isInteger(n) ? count(n) : n.toFixed(n >= 10 ? 0 : 1);
}

const UNITS = ["B", "KiB", "MiB", "GiB"];
export function bytes(n: number): string {
  let unit = 0;
  for (; n >= 1024 && unit < UNITS.length - 1; unit++) n /= 1024;
  return `${unit === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${UNITS[unit]}`;
}

export function time(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms >= 100) return `${ms.toFixed(0)} ms`;
  if (ms >= 1) return `${ms.toFixed(1)} ms`;
  return ms >= 0.01 ? `${(ms * 1000).toFixed(0)} µs` : `${(ms * 1000).toFixed(1)} µs`;
}

/** 3725 -> "1:02:05" */
export function clock(seconds: number): string {
  const s = Math.floor(seconds);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}` : Math.floor(s / 60)}:${two(s % 60)}`;
}

export const percent = (x: number): string => `${Math.round(x * 100)} %`;

const HUES = [213, 152, 280, 190, 330, 46, 110, 20, 245, 170];
/** A colour for each name, always the same one on a page. */
export class Colours {
  readonly #numbers = new Map<string, number>();
  of(name: string, dark: boolean): string {
    let i = this.#numbers.get(name);
    if (i === undefined) this.#numbers.set(name, (i = this.#numbers.size));
    const round = Math.floor(i / HUES.length) % 3;
    return `hsl(${HUES[i % HUES.length]} ${dark ? 50 : 55}% ${(dark ? 52 : 50) + 7 * round}%)`;
  }
}
