// What is said of a change that can be taken back.

import { t } from "./texts.ts";
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
  if (changed.length > 1) return { message: t("{0} increments changed.", changed.length), argument: {} };
  const message = first.status === "completed" ? t("{0} closed.", first.increment) : t("{0} is {1} now.", first.increment, first.status);
  return { message, argument: { increment: folder ?? first.increment } };
}
