// What the status bar says, and in which colour.

import { disagreement, heading, progress } from "./statuses.ts";
import type { OpenIncrement, Project, Status } from "./wire.ts";

export interface Shown {
  text: string;
  background: "statusBarItem.errorBackground" | "statusBarItem.warningBackground" | undefined;
  /** Markdown. Its command links need to be trusted. */
  tooltip: string;
}

/** The commands that the tooltip's links may run, and no others. */
export const linkedCommands = ["specweave-lsp.openSpec", "specweave-lsp.syncIncrement", "specweave-lsp.showIncrements", "specweave-lsp.showLog"];

const looks = {
  error: { icon: "$(error)", background: "statusBarItem.errorBackground" },
  warning: { icon: "$(warning)", background: "statusBarItem.warningBackground" },
  information: { icon: "$(checklist)", background: undefined },
} as const;

export function statusShown(status: Status): Shown {
  const { icon, background } = looks[status.severity];
  const desyncs = sum(status, (counts) => counts.desyncs);
  // `$(…)` would become an icon: an increment's name is shown as it is written.
  const plain = status.text.replaceAll("$(", "$\u200b(").replaceAll("⚠ ", "$(error) ");
  // An item may take 40 % of the window's width: with several increments there is no room for bars.
  const text = plain.includes(" · ") ? plain.replace(/[█░]+ /g, "") : plain;
  // An increment that is not open may be out of step too, and is not named in the text.
  const unnamed = desyncs > 0 && !text.includes("$(error)") ? ` · ${plural(desyncs, "desync")}` : "";
  const first = text.startsWith("$(error)") ? "" : `${text.includes("$(error)") ? looks.information.icon : icon} `;
  return { text: `${first}${text}${unnamed}`, background, tooltip: tooltip(status, desyncs) };
}

export const notRunning: Shown = {
  text: "$(warning) SpecWeave: server not running",
  background: "statusBarItem.warningBackground",
  tooltip: `The statuses of this project's increments are not being compared.\n\n${link("Show Log", "specweave-lsp.showLog")}`,
};

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
    const entries = [...closed.map((increment) => desyncEntry(increment, "")), ...project.open.map(openEntry)];
    lines.push(entries.slice(0, mostListed).join("\n"));
    if (entries.length > mostListed) lines.push(`… and ${entries.length - mostListed} more`);
  }
  lines.push(link("Show all increments", "specweave-lsp.showIncrements"));
  return lines.filter(Boolean).join("\n\n");
}

/** A tooltip is for a glance; a longer list is a click away. */
const mostListed = 8;

function openEntry(increment: OpenIncrement): string {
  const done = progress(increment);
  if (increment.desync) return desyncEntry(increment, done);
  return `- ${name(increment)} — ${[escape(heading(increment.status)), done].filter(Boolean).join(" · ")}`;
}

function desyncEntry(increment: Project["desynced"][number], done: string): string {
  const sync = link("Sync…", "specweave-lsp.syncIncrement", increment.folder);
  return `- $(error) ${name(increment)} — ${[escape(disagreement(increment)), done, sync].filter(Boolean).join(" · ")}`;
}

function name(increment: { id: string; folder: string }): string {
  return link(escape(increment.id), "specweave-lsp.openSpec", increment.folder);
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
