/** Says what came of a case at one place. */
export type Report = (name: string, error: unknown) => void;

export interface Outcome {
  readonly name: string;
  readonly place: number;
  readonly error: unknown;
}
