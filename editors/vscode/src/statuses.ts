// How statuses and progress are shown, everywhere the same. What a status means, and what an increment is called, is the
// server's to say.

import { t } from "./texts.ts";
import type { Canonical, Increment, Progress } from "./wire.ts";

interface Icon {
  id: string;
  colour?: string;
}

/** In the order in which they are listed: what needs somebody's hands first. */
const shown: Record<Canonical, Icon & { heading: () => string }> = {
  active: { id: "play-circle", colour: "specweave.activeForeground", heading: () => t("Active") },
  ready_for_review: { id: "eye", colour: "specweave.reviewForeground", heading: () => t("Ready for Review") },
  planning: { id: "edit", colour: "specweave.planningForeground", heading: () => t("Planning") },
  backlog: { id: "inbox", heading: () => t("Backlog") },
  paused: { id: "stop-circle", colour: "specweave.pausedForeground", heading: () => t("Paused") },
  completed: { id: "pass", colour: "specweave.completedForeground", heading: () => t("Completed") },
  abandoned: { id: "circle-slash", colour: "specweave.abandonedForeground", heading: () => t("Abandoned") },
};
const order = Object.keys(shown) as Canonical[];

export function rank({ meaning }: Pick<Increment, "meaning">): number {
  return meaning === null ? order.length : order.indexOf(meaning);
}

export function title(status: Canonical): string {
  return shown[status].heading();
}

/** A word that is no status is its own heading. */
export function heading({ meaning, status, metadataStatus }: Pick<Increment, "meaning" | "status" | "metadataStatus">): string {
  return meaning === null ? (status ?? metadataStatus ?? t("No Status")) : title(meaning);
}

const desyncIcon: Icon = { id: "error", colour: "specweave.desyncForeground" };

export function icon({ meaning, desync }: Pick<Increment, "meaning" | "desync">): Icon {
  if (desync) return desyncIcon;
  return meaning === null ? { id: "question" } : shown[meaning];
}

/** `spec.md active ≠ metadata.json completed`, for an increment whose statuses disagree. */
export function disagreement(increment: Pick<Increment, "status" | "metadataStatus">): string {
  return `spec.md ${increment.status ?? "–"} ≠ metadata.json ${increment.metadataStatus ?? "–"}`;
}

/** `active ≠ completed`: spec.md first, as in the status bar, where there is little room. */
export function shortDisagreement(increment: Pick<Increment, "status" | "metadataStatus">): string {
  return `${increment.status ?? "–"} ≠ ${increment.metadataStatus ?? "–"}`;
}

/** A name beside which the statuses of a desync are not cut off: a side bar has room for about so many characters. */
export function nameBeside(name: string, statuses: string): string {
  const room = Math.max(12, 32 - statuses.length - 1);
  if (name.length <= room) return name;
  const cut = name.slice(0, room - 1);
  const word = cut.lastIndexOf(" ");
  // Whole words, where that leaves more than the number.
  return `${word > 8 ? cut.slice(0, word) : cut}…`;
}

/** `6/8`: the tasks, else the acceptance criteria. */
export function shortProgress(increment: Pick<Increment, "tasks" | "criteria">): string {
  const counted = [increment.tasks, increment.criteria].find((count) => count && count.total > 0);
  return counted ? `${counted.done}/${counted.total}` : "";
}

/** `7/9 tasks · 3/4 ACs`; empty when nothing is known. */
export function progress(increment: Pick<Increment, "tasks" | "criteria">): string {
  const part = (count: Progress | null, text: (done: number, total: number) => string): string[] => (count && count.total > 0 ? [text(count.done, count.total)] : []);
  return [...part(increment.tasks, (done, total) => t("{0}/{1} tasks", done, total)), ...part(increment.criteria, (done, total) => t("{0}/{1} ACs", done, total))].join(" · ");
}

/** The same for screen readers. */
export function progressRead(increment: Pick<Increment, "tasks" | "criteria">): string {
  return progress(increment).replace("ACs", t("acceptance criteria"));
}

/** What stands behind an increment's name. */
export function summary(increment: Pick<Increment, "meaning" | "status" | "metadataStatus" | "desync" | "tasks" | "criteria">): string {
  return [increment.desync ? shortDisagreement(increment) : heading(increment), progress(increment)].filter(Boolean).join(" · ");
}
