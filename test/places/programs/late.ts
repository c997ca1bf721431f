/** A module that workers hear of late. */
import { place, task } from "heddle";

export const late = task(import.meta, (): string => `late at ${place()}`);
