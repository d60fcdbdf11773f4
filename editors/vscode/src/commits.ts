// What `specweave-lsp history --format json` says, and how it is listed.

import { t } from "./texts.ts";

export interface Commit {
  commit: string;
  author: string;
  date: string;
  subject: string;
  /** From the top of the work tree. */
  folder: string;
  /** A shallow clone begins here. */
  cut: boolean;
  specStatus: string | null;
  metadataStatus: string | null;
  desync: boolean;
}

export interface StatusHistory {
  increment: string;
  root: string;
  commits: Commit[];
  desyncs: { start: Commit; end: Commit | null; seconds: number | null }[];
  now: Pick<Commit, "specStatus" | "metadataStatus" | "desync">;
}

export interface Row {
  label: string;
  description: string;
  tooltip: string;
  desync: boolean;
  /** Undefined for what is not committed. */
  commit: Commit | undefined;
}

/** Newest first; commits that left both statuses as they were tell nothing here. */
export function rows(history: StatusHistory): Row[] {
  const ends = new Set(history.desyncs.flatMap(({ start, end }) => [start.commit, end?.commit]));
  let before = "";
  const telling = history.commits.filter((commit) => {
    const same = before === statuses(commit);
    before = statuses(commit);
    return !same || ends.has(commit.commit);
  });
  const list = telling.map(row);
  const last = history.commits.at(-1);
  if (last && statuses(last) !== statuses(history.now)) {
    const { desync } = history.now;
    list.push({ label: statuses(history.now), description: t("Not committed yet"), tooltip: t("The files as they are now"), desync, commit: undefined });
  }
  return list.reverse();
}

function row(commit: Commit): Row {
  const day = commit.date.slice(0, 10);
  return {
    label: statuses(commit),
    description: `${commit.subject} · ${commit.author}, ${day}`,
    tooltip: `${t("{0} by {1}, {2}", commit.commit.slice(0, 10), commit.author, commit.date.slice(0, 16).replace("T", " "))}\n${commit.subject}\nspec.md: ${commit.specStatus ?? t("no status")}, metadata.json: ${commit.metadataStatus ?? t("no status")}`,
    desync: commit.desync,
    commit,
  };
}

function statuses({ specStatus, metadataStatus, desync }: Pick<Commit, "specStatus" | "metadataStatus" | "desync">): string {
  return desync ? `${specStatus ?? "–"} ≠ ${metadataStatus ?? "–"}` : (specStatus ?? metadataStatus ?? t("no status"));
}

/** One sentence above the list. */
export function headline({ desyncs }: StatusHistory): string {
  if (desyncs.length === 0) return t("The statuses agreed in every commit.");
  const open = desyncs.some(({ end }) => end === null);
  if (desyncs.length === 1) return open ? t("The statuses diverged once and still disagree.") : t("The statuses diverged once, and are back in sync.");
  return open ? t("The statuses diverged {0} times and still disagree.", desyncs.length) : t("The statuses diverged {0} times, and are back in sync.", desyncs.length);
}
