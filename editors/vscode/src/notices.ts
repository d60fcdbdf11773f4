// What another program did that its user ought to know.

import { displayName, meaning } from "./statuses.ts";
import type { Increment } from "./wire.ts";

type Known = Pick<Increment, "id" | "folder" | "title" | "status" | "metadataStatus" | "desync">;

/** What is new between two lists; nothing about increments that this editor changed itself, or that are new. */
export function notices(before: readonly Known[], after: readonly Known[], ours: (folder: string) => boolean): string[] {
  const known = new Map(before.map((increment) => [increment.folder, increment]));
  const news: string[] = [];
  for (const increment of after) {
    const was = known.get(increment.folder);
    if (!was || ours(increment.folder)) continue;
    const closed = meaning(increment.status) === "completed" && meaning(was.status) !== "completed";
    if (increment.desync && !was.desync) news.push(`${displayName(increment)} is desynced: ${increment.status ?? "–"} ≠ ${increment.metadataStatus ?? "–"}`);
    else if (closed && !increment.desync) news.push(`${displayName(increment)} was closed by another program`);
  }
  // After a checkout or a pull there may be many.
  return news.length <= 2 ? news : [`Another program desynced or closed ${news.length} increments`];
}
