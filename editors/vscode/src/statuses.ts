// How statuses and progress are shown, everywhere the same.

import type { Increment, Progress } from "./wire.ts";

/** In the order in which they are listed: what needs somebody's hands first. */
const canonical = ["active", "ready_for_review", "planning", "backlog", "paused", "completed", "abandoned"] as const;
type Canonical = (typeof canonical)[number];

const aliases: Record<string, Canonical> = {
  planned: "planning",
  "in-progress": "active",
  in_progress: "active",
  implementing: "active",
  "ready-for-review": "ready_for_review",
  "ready for review": "ready_for_review",
  complete: "completed",
  done: "completed",
  closed: "completed",
};

/** The status a spelling stands for; undefined for a word that is none. */
export function meaning(status: string | null): Canonical | undefined {
  const lower = status?.toLowerCase() ?? "";
  return canonical.find((known) => known === lower) ?? aliases[lower];
}

/** Whichever file has a status says where the increment stands: spec.md first, since "open" goes by it. */
export function effective(increment: Pick<Increment, "status" | "metadataStatus">): string | null {
  return increment.status ?? increment.metadataStatus;
}

export function rank(status: string | null): number {
  const known = meaning(status);
  return known === undefined ? canonical.length : canonical.indexOf(known);
}

const names: Record<Canonical, string> = {
  active: "Active",
  ready_for_review: "Ready for Review",
  planning: "Planning",
  backlog: "Backlog",
  paused: "Paused",
  completed: "Completed",
  abandoned: "Abandoned",
};

export function heading(status: string | null): string {
  const known = meaning(status);
  return known === undefined ? (status ?? "No Status") : names[known];
}

interface Icon {
  id: string;
  colour?: string;
}

const icons: Record<Canonical, Icon> = {
  active: { id: "play-circle", colour: "specweave.activeForeground" },
  ready_for_review: { id: "eye", colour: "specweave.reviewForeground" },
  planning: { id: "edit", colour: "specweave.planningForeground" },
  backlog: { id: "inbox" },
  paused: { id: "stop-circle", colour: "specweave.pausedForeground" },
  completed: { id: "pass", colour: "specweave.completedForeground" },
  abandoned: { id: "circle-slash", colour: "specweave.abandonedForeground" },
};

const desyncIcon: Icon = { id: "error", colour: "specweave.desyncForeground" };

export function icon(increment: Pick<Increment, "status" | "metadataStatus" | "desync">): Icon {
  if (increment.desync) return desyncIcon;
  const known = meaning(effective(increment));
  return known === undefined ? { id: "question" } : icons[known];
}

/** `spec.md active ≠ metadata.json completed`, for an increment whose statuses disagree. */
export function disagreement(increment: Pick<Increment, "status" | "metadataStatus">): string {
  return `spec.md ${increment.status ?? "–"} ≠ metadata.json ${increment.metadataStatus ?? "–"}`;
}

/** `0087 Auth Security Hardening`: the number to find it by, then what it is; the folder's name where there is no title. */
export function displayName(increment: { id: string; title: string | null }): string {
  const [, number = "", rest = ""] = /^(\d+[A-Z]?)-(.+)$/.exec(increment.id) ?? [];
  const title = increment.title?.replaceAll(/\s+/g, " ").trim() ?? "";
  if (!number) return title || increment.id;
  // Some titles begin with the number themselves.
  const plain = title.replace(new RegExp(`^(increment )?${number}\\b[\\s:.–—-]*`, "i"), "");
  return `${number} ${plain || rest}`;
}

/** `6/8`: the tasks, else the acceptance criteria. */
export function shortProgress(increment: Pick<Increment, "tasks" | "criteria">): string {
  const counted = [increment.tasks, increment.criteria].find((count) => count && count.total > 0);
  return counted ? `${counted.done}/${counted.total}` : "";
}

/** `7/9 tasks · 3/4 ACs`; empty when nothing is known. */
export function progress(increment: Pick<Increment, "tasks" | "criteria">): string {
  const part = (count: Progress | null, name: string): string[] =>
    count && count.total > 0 ? [`${count.done}/${count.total} ${name}`] : [];
  return [...part(increment.tasks, "tasks"), ...part(increment.criteria, "ACs")].join(" · ");
}

/** What stands behind an increment's name. */
export function summary(increment: Pick<Increment, "status" | "metadataStatus" | "desync" | "tasks" | "criteria">): string {
  return [increment.desync ? disagreement(increment) : "", progress(increment)].filter(Boolean).join(" · ");
}

/** What choosing a status means, beside its name. */
export const meanings: Record<string, string> = {
  active: "being worked on",
  ready_for_review: "done, waits for a review",
  planning: "being planned",
  backlog: "put off until later",
  paused: "interrupted",
  completed: "closes the increment, in both files",
  abandoned: "will not be finished",
};
