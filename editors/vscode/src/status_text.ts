// What the status bar says, and in which colour.

import { disagreement, displayName, heading, progress } from "./statuses.ts";
import type { OpenIncrement, Project, Status } from "./wire.ts";

export interface Shown {
  text: string;
  /** Coloured only for a desync or an error: a colour that is always there says nothing. */
  background: "statusBarItem.errorBackground" | undefined;
  /** Markdown. Its command links need to be trusted. */
  tooltip: string;
  /** For screen readers: plain words, the name first. */
  label: string;
}

/** The commands that the tooltip's links may run, and no others. */
export const linkedCommands = ["specweave-lsp.openSpec", "specweave-lsp.syncIncrement", "specweave-lsp.showIncrements", "specweave-lsp.showLog"];

export function statusShown(status: Status): Shown {
  // `$(…)` would become an icon: an increment's name is shown as it is written.
  const plain = status.text.replaceAll("$(", "$\u200b(");
  const alarming = status.severity === "error";
  const text = plain.startsWith("⊗ ") ? plain.replace("⊗ ", "$(error) ") : `$(${alarming ? "error" : "checklist"}) ${plain}`;
  const desyncs = sum(status, (counts) => counts.desyncs);
  return {
    text,
    background: alarming ? "statusBarItem.errorBackground" : undefined,
    tooltip: tooltip(status, desyncs),
    label: shortened(label(status, desyncs)),
  };
}

export const notRunning: Shown = {
  text: "$(error) SpecWeave: not running",
  background: "statusBarItem.errorBackground",
  tooltip: `The statuses of this project's increments are not being compared.\n\n${link("Show Log", "specweave-lsp.showLog")}`,
  label: "SpecWeave: the server is not running",
};

/** A screen reader reads all of it each time. */
const longestLabel = 120;

function label(status: Status, desyncs: number): string {
  const open = status.projects.flatMap((project) => project.open);
  const named = (increment: { id: string; folder: string }) => {
    const known = open.find((one) => one.folder === increment.folder);
    return displayName({ id: increment.id, title: known?.title ?? null });
  };
  const [first, ...others] = status.projects.flatMap((project) => project.desynced);
  if (first) {
    const says = `spec.md says ${first.status ?? "nothing"}, metadata.json says ${first.metadataStatus ?? "nothing"}`;
    return others.length === 0 ? `${named(first)}: ${says}` : `${named(first)} and ${others.length} more: statuses disagree`;
  }
  const errors = sum(status, (counts) => counts.errors);
  if (errors > 0) return `${plural(errors, "SpecWeave increment")} with errors`;
  const active = open.filter((increment) => heading(increment.status) === "Active");
  const [shown] = active.length > 0 ? active : open;
  if (!shown || desyncs > 0) return "SpecWeave: no open increments";
  const more = (active.length > 0 ? active : open).length - 1;
  const done = progress(shown).replace(" · ", ", ").replace("ACs", "acceptance criteria");
  return `${displayName(shown)}: ${[heading(shown.status), done, more > 0 ? `${more} more` : ""].filter(Boolean).join(", ")}`;
}

function shortened(text: string): string {
  return text.length <= longestLabel ? text : `${text.slice(0, longestLabel - 1)}…`;
}

function tooltip(status: Status, desyncs: number): string {
  const count = (part: keyof Project["counts"]) => sum(status, (counts) => counts[part]);
  const facts = [`${count("open")} of ${plural(count("increments"), "increment")} open`];
  if (desyncs > 0) facts.push(`**${plural(desyncs, "desync")}**`);
  if (count("errors") > 0) facts.push(`${count("errors")} with errors`);
  if (count("warnings") > 0) facts.push(`${count("warnings")} with warnings`);
  const lines = [`**SpecWeave** — ${facts.join(", ")}`];
  for (const project of status.projects) {
    if (status.projects.length > 1) lines.push(`**${escape(nameOf(project.root))}**`);
    const closed = project.desynced.filter((desynced) => !project.open.some((open) => open.folder === desynced.folder));
    const entries = [...closed.map((increment) => desyncEntry(increment, "")), ...desyncsFirst(project.open).map(openEntry)];
    lines.push(entries.slice(0, mostListed).join("\n"));
    if (entries.length > mostListed) lines.push(`… and ${entries.length - mostListed} more`);
  }
  lines.push(link("Show all increments", "specweave-lsp.showIncrements"));
  return lines.filter(Boolean).join("\n\n");
}

/** A tooltip is for a glance; a longer list is a click away. */
const mostListed = 8;

function desyncsFirst(open: readonly OpenIncrement[]): OpenIncrement[] {
  return [...open].sort((a, b) => Number(b.desync) - Number(a.desync));
}

function openEntry(increment: OpenIncrement): string {
  const done = progress(increment);
  if (increment.desync) return desyncEntry(increment, done);
  return `- ${name(increment)} — ${[escape(heading(increment.status)), done].filter(Boolean).join(" · ")}`;
}

function desyncEntry(increment: Project["desynced"][number], done: string): string {
  const sync = link("Sync…", "specweave-lsp.syncIncrement", increment.folder);
  return `- $(error) ${name(increment)} — ${[escape(disagreement(increment)), done, sync].filter(Boolean).join(" · ")}`;
}

function name(increment: { id: string; folder: string; title?: string | null }): string {
  return link(escape(displayName({ id: increment.id, title: increment.title ?? null })), "specweave-lsp.openSpec", increment.folder);
}

function link(text: string, command: string, ...args: string[]): string {
  const query = args.length > 0 ? `?${encodeURIComponent(JSON.stringify(args))}` : "";
  return `[${text}](command:${command}${query})`;
}

/** Names come from files: nothing in them may act as markdown, or as a link that runs a command. */
function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]()<>#+\-.!|~$&]/g, "\\$&").replace(/\s+/g, " ");
}

export function nameOf(uri: string): string {
  const last = uri.replace(/\/+$/, "").split("/").at(-1) ?? uri;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

function sum(status: Status, part: (counts: Project["counts"]) => number): number {
  return status.projects.reduce((total, project) => total + part(project.counts), 0);
}

export function plural(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
