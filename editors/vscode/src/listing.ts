// The list of increments, as the quick pick and the tree show it.

import { groupBy } from "./group.ts";
import { heading, icon, rank, summary } from "./statuses.ts";
import { nameOf } from "./status_text.ts";
import { t } from "./texts.ts";
import type { Increment, IncrementsPage } from "./wire.ts";

export interface Group {
  /** Stays the same while the group's contents change, so that the tree keeps it folded or unfolded. */
  key: string;
  label: string;
  /** What nobody has to work on is folded at first. */
  folded: boolean;
  increments: Increment[];
}

export async function allPages(ask: (from: number) => Promise<Pick<IncrementsPage, "increments" | "next">>): Promise<Increment[]> {
  const all: Increment[] = [];
  for (let from: number | null = 0; from !== null; ) {
    const page: Pick<IncrementsPage, "increments" | "next"> = await ask(from);
    all.push(...page.increments);
    // A server of another version may answer with all of them at once.
    from = page.next ?? null;
  }
  return all;
}

/** What the view shows, and how. */
export interface Look {
  /** Only what is open or desynced. */
  openOnly: boolean;
  byStatus: boolean;
}

export function filtered(increments: readonly Increment[], { openOnly }: Look): Increment[] {
  return increments.filter((increment) => !openOnly || increment.open || increment.desync);
}

/** Without groups: by number, as the folders stand in the Explorer. */
export function flat(increments: readonly Increment[]): Increment[] {
  return [...increments].sort((a, b) => order(a.id, b.id) || order(a.root, b.root));
}

/** Desyncs on top, then by status in the order in which somebody has to do something. */
export function grouped(increments: readonly Increment[]): Group[] {
  const groups: Group[] = [];
  const desynced = increments.filter((increment) => increment.desync).sort(oldestFirst);
  if (desynced.length > 0) {
    groups.push({ key: "desync", label: t("Statuses Disagree"), folded: false, increments: desynced });
  }
  const byHeading = groupBy(
    increments.filter((increment) => !increment.desync),
    heading,
  );
  const rest = [...byHeading].sort(([one, [a]], [other, [b]]) => rankOf(a) - rankOf(b) || order(one, other));
  for (const [label, members] of rest) {
    const folded = !members.some((increment) => increment.open || increment.meaning === "paused");
    groups.push({ key: label, label, folded, increments: members.sort(folded ? newestFirst : oldestFirst) });
  }
  return groups;
}

export interface PickItem {
  label: string;
  description: string;
  detail: string;
  increment: Increment;
}

/** The groups of the quick pick: what disagrees, what is open, the rest. */
export function pickSections(increments: readonly Increment[]): { title: string; items: PickItem[] }[] {
  const many = severalProjects(increments);
  const desynced = increments.filter((increment) => increment.desync);
  const healthy = increments.filter((increment) => !increment.desync);
  const byRank = (a: Increment, b: Increment) => rank(a) - rank(b) || oldestFirst(a, b);
  return [
    { title: t("statuses disagree"), increments: desynced.sort((a, b) => Number(b.open) - Number(a.open) || byRank(a, b)) },
    { title: t("open"), increments: healthy.filter((increment) => increment.open).sort(byRank) },
    { title: t("not open"), increments: healthy.filter((increment) => !increment.open).sort((a, b) => rank(a) - rank(b) || newestFirst(a, b)) },
  ]
    .filter((section) => section.increments.length > 0)
    .map((section) => ({ title: section.title, items: section.increments.map((increment) => pickItem(increment, many)) }));
}

function pickItem(increment: Increment, many: boolean): PickItem {
  const detail = [increment.id, many ? nameOf(increment.root) : ""].filter(Boolean).join(" — ");
  // `$(…)` would become an icon.
  const name = increment.name.replaceAll("$(", "$\u200b(");
  return { label: `$(${icon(increment).id}) ${name}`, description: summary(increment), detail, increment };
}

export function severalProjects(increments: readonly Increment[]): boolean {
  return new Set(increments.map((increment) => increment.root)).size > 1;
}

/** What can be done with an increment: the tree's menus go by these words. */
export function contextValue(increment: Increment): string {
  return [
    "increment",
    increment.desync ? "desync" : "",
    increment.desync || increment.meaning === "completed" ? "" : "closable",
    increment.desync || increment.next.length === 0 ? "" : "changeable",
  ]
    .filter(Boolean)
    .join(" ");
}

function rankOf(increment: Increment | undefined): number {
  return rank(increment ?? { meaning: null });
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By date of creation, as the status line counts them; those without one come last, by their number. */
function oldestFirst(a: Increment, b: Increment): number {
  return order(a.created ?? "9", b.created ?? "9") || order(a.id, b.id);
}

function newestFirst(a: Increment, b: Increment): number {
  return order(b.id, a.id);
}
