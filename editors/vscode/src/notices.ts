// What another program did that its user ought to know.

import { t } from "./texts.ts";
import type { Increment } from "./wire.ts";

type Known = Pick<Increment, "name" | "folder" | "meaning" | "status" | "metadataStatus" | "desync">;

/** What is new between two lists; nothing about increments that this editor changed itself, or that are new. */
export function notices(before: readonly Known[], after: readonly Known[], ours: (folder: string) => boolean): string[] {
  const known = new Map(before.map((increment) => [increment.folder, increment]));
  const news: string[] = [];
  for (const increment of after) {
    const was = known.get(increment.folder);
    if (!was || ours(increment.folder)) continue;
    const closed = increment.meaning === "completed" && was.meaning !== "completed";
    if (increment.desync && !was.desync) news.push(t("{0} is desynced: {1} ≠ {2}", increment.name, increment.status ?? "–", increment.metadataStatus ?? "–"));
    else if (closed && !increment.desync) news.push(t("{0} was closed by another program", increment.name));
  }
  // After a checkout or a pull there may be many.
  return news.length <= 2 ? news : [t("Another program desynced or closed {0} increments", news.length)];
}
