// What the status bar says, and in which colour.

import { disagreement, heading, progress } from "./statuses.ts";
import type { OpenIncrement, Status } from "./wire.ts";

export interface Shown {
  text: string;
  background: "statusBarItem.errorBackground" | "statusBarItem.warningBackground" | undefined;
  /** Markdown. Its command links need to be trusted. */
  tooltip: string;
}

/** The commands that the tooltip's links may run, and no others. */
export const linkedCommands = ["specweave-lsp.openSpec", "specweave-lsp.syncIncrement", "specweave-lsp.showIncrements", "specweave-lsp.showLog"];

export function statusShown(status: Status): Shown {
  const desyncs = sum(status, (counts) => counts.desyncs);
  const severity = desyncs > 0 ? "error" : status.severity;
  const icon = severity === "error" ? "$(error)" : severity === "warning" ? "$(warning)" : "$(checklist)";
  // `$(…)` would become an icon: an increment's name is shown as it is written.
  const text = status.text.replaceAll("$(", "$\u200b(") || "No open increments";
  return {
    text: `${icon} ${text}${desyncs > 0 ? ` · ${plural(desyncs, "desync")}` : ""}`,
    background:
      severity === "error" ? "statusBarItem.errorBackground" : severity === "warning" ? "statusBarItem.warningBackground" : undefined,
    tooltip: tooltip(status, desyncs),
  };
}

export const notRunning: Shown = {
  text: "$(warning) SpecWeave: server not running",
  background: "statusBarItem.warningBackground",
  tooltip: `The statuses of this project's increments are not being compared.\n\n${link("Show Log", "specweave-lsp.showLog")}`,
};

function tooltip(status: Status, desyncs: number): string {
  const open = sum(status, (counts) => counts.open);
  const errors = sum(status, (counts) => counts.errors);
  const all = sum(status, (counts) => counts.increments);
  const facts = [`${open} of ${plural(all, "increment")} open`];
  if (desyncs > 0) facts.push(`**${plural(desyncs, "desync")}**`);
  if (errors > desyncs) facts.push(plural(errors, "error"));
  const lines = [`**SpecWeave** — ${facts.join(", ")}`];
  for (const project of status.projects) {
    if (status.projects.length > 1) lines.push(`**${escape(nameOf(project.root))}**`);
    lines.push(project.open.slice(0, mostListed).map((increment) => entry(project.root, increment)).join("\n"));
    if (project.open.length > mostListed) lines.push(`… and ${project.open.length - mostListed} more`);
  }
  lines.push(link("Show all increments", "specweave-lsp.showIncrements"));
  return lines.filter(Boolean).join("\n\n");
}

/** A tooltip is for a glance; a longer list is a click away. */
const mostListed = 8;

function entry(root: string, increment: OpenIncrement): string {
  const folder = `${root.replace(/\/$/, "")}/.specweave/increments/${encodeURIComponent(increment.id)}`;
  const facts = increment.desync
    ? [escape(disagreement(increment)), link("Sync…", "specweave-lsp.syncIncrement", folder)]
    : [escape(heading(increment.status))];
  const done = progress(increment);
  if (done) facts.push(done);
  return `- ${increment.desync ? "$(error) " : ""}${link(escape(increment.id), "specweave-lsp.openSpec", folder)} — ${facts.join(" · ")}`;
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

function sum(status: Status, part: (counts: Status["projects"][number]["counts"]) => number): number {
  return status.projects.reduce((total, project) => total + part(project.counts), 0);
}

export function plural(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
