// What the status bar says, and in which colour.

import { disagreement, heading, progress } from "./statuses.ts";
import { t } from "./texts.ts";
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
    label: status.label,
  };
}

export function notRunning(): Shown {
  return {
    text: `$(error) ${t("SpecWeave: not running")}`,
    background: "statusBarItem.errorBackground",
    tooltip: `${t("The statuses of this project's increments are not being compared.")}\n\n${link(t("Show Log"), "specweave-lsp.showLog")}`,
    label: t("SpecWeave: the server is not running"),
  };
}

function tooltip(status: Status, desyncs: number): string {
  const count = (part: keyof Project["counts"]) => sum(status, (counts) => counts[part]);
  const increments = count("increments");
  const facts = [increments === 1 ? t("{0} of 1 increment open", count("open")) : t("{0} of {1} increments open", count("open"), increments)];
  if (desyncs > 0) facts.push(`**${desyncsCounted(desyncs)}**`);
  if (count("errors") > 0) facts.push(t("{0} with errors", count("errors")));
  if (count("warnings") > 0) facts.push(t("{0} with warnings", count("warnings")));
  const lines = [`**SpecWeave** — ${facts.join(", ")}`];
  for (const project of status.projects) {
    if (status.projects.length > 1) lines.push(`**${escape(nameOf(project.root))}**`);
    const closed = project.desynced.filter((desynced) => !project.open.some((open) => open.folder === desynced.folder));
    const entries = [...closed.map((increment) => desyncEntry(increment, "")), ...desyncsFirst(project.open).map(openEntry)];
    lines.push(entries.slice(0, mostListed).join("\n"));
    if (entries.length > mostListed) lines.push(t("… and {0} more", entries.length - mostListed));
  }
  lines.push(link(t("Show all increments"), "specweave-lsp.showIncrements"));
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
  return `- ${name(increment)} — ${[escape(heading(increment)), done].filter(Boolean).join(" · ")}`;
}

function desyncEntry(increment: Project["desynced"][number], done: string): string {
  const sync = link(t("Sync…"), "specweave-lsp.syncIncrement", increment.folder);
  return `- $(error) ${name(increment)} — ${[escape(disagreement(increment)), done, sync].filter(Boolean).join(" · ")}`;
}

function name(increment: { name: string; folder: string }): string {
  return link(escape(increment.name), "specweave-lsp.openSpec", increment.folder);
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

export function desyncsCounted(count: number): string {
  return count === 1 ? t("1 desync") : t("{0} desyncs", count);
}
