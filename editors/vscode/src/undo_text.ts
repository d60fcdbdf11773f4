// What is said of a change that can be taken back.

import { meaning } from "./statuses.ts";
import type { Changed } from "./wire.ts";

/** The kind of error of an undo whose files somebody wrote since. */
export const changedSince = "changed-since";

interface Offer {
  message: string;
  argument: { increment?: string };
}

/** Undefined when nothing was changed. All that one command changed is taken back at once. Another project may have the same id. */
export function offeredUndo(changed: NonNullable<Changed["changed"]>, folder?: string): Offer | undefined {
  const [first] = changed;
  if (!first) return undefined;
  if (changed.length > 1) return { message: `${changed.length} increments changed.`, argument: {} };
  const now = meaning(first.status) === "completed" ? "closed" : `is ${first.status} now`;
  return { message: `${first.increment} ${now}.`, argument: { increment: folder ?? first.increment } };
}
