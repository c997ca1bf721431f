export const EXIT = { ok: 0, failed: 1, usage: 2, races: 3, interrupted: 130, terminated: 143 } as const;

/** The command line itself is wrong: told in one message, without a stack, with exit code 2. */
export class CommandError extends Error {
  override name = "CommandError";
}
