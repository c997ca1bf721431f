/** Measures one section after the other, keeps what has been measured, and shows how far it is. */
import { duration, type Progress, progress } from "../progress.ts";
import { runSection, SectionError } from "./child.ts";
import { type Current, timeLeft } from "./estimate.ts";
import { type Results, save } from "./results.ts";
import type { Section } from "./sections.ts";

export interface RunOptions {
  readonly sections: readonly Section[];
  /** What is already there; sections are added to it. */
  readonly results: Results;
  readonly file: string;
  /** Seconds that sections took in an earlier run. */
  readonly earlier: Readonly<Record<string, number>>;
  readonly signal: AbortSignal;
  /** Is called with each section that has been measured. */
  readonly onSection: (section: Section, value: unknown) => void;
  readonly line?: Progress;
}

const TERMINAL_EVERY_MS = 250;
const PLAIN_EVERY_MS = 30_000;

export interface Failure {
  readonly section: Section;
  readonly error: Error;
}

/** The sections that failed. @throws the reason of `signal` when the run is interrupted; results are kept. */
export async function runSections(options: RunOptions): Promise<Failure[]> {
  const { sections, results, file, earlier, signal, onSection, line = progress() } = options;
  const expected = (section: Section): number => earlier[section.name] ?? section.seconds;
  const taken = new Map<Section, number>();
  const failures: Failure[] = [];
  const todo = sections.filter(({ name }) => results.sections[name] === undefined);
  for (const section of todo) {
    const began = performance.now();
    const elapsed = (): number => (performance.now() - began) / 1000;
    let now: { text: string; share?: number } = { text: section.name };
    const show = (): void => {
      const later = todo.slice(todo.indexOf(section) + 1);
      const parts = [...[...taken].map(([it, seconds]) => ({ expected: expected(it), taken: seconds })), ...later.map((it) => ({ expected: expected(it) }))]; // biome-ignore format: one line
      const current: Current = { expected: expected(section), elapsed: elapsed(), ...(now.share !== undefined && { share: now.share }) }; // biome-ignore format: one line
      const position = `[${sections.indexOf(section) + 1}/${sections.length}]`;
      line.show(`${position} ${now.text} - about ${duration(timeLeft(parts, current))} left`);
    };
    show();
    const timer = setInterval(show, process.stderr.isTTY ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS);
    try {
      const text = await runSection(section, (message) => (now = message), signal);
      const value = parse(text);
      taken.set(section, elapsed());
      results.sections[section.name] = {
        command: section.command,
        ended: new Date().toISOString(),
        seconds: Number(elapsed().toFixed(1)),
        value,
      };
      save(file, results);
      line.clear();
      onSection(section, value);
    } catch (error) {
      line.clear();
      if (!(error instanceof SectionError)) throw error;
      failures.push({ section, error });
      console.error(`${section.name} FAILED: ${error.message}`);
    } finally {
      clearInterval(timer);
    }
  }
  return failures;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SectionError(`printed no JSON: ${text.slice(0, 200)}`, { cause });
  }
}
