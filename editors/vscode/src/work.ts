// The acceptance criteria and tasks of an increment, made from the server's outline of its files.

import type { DocumentSymbol } from "vscode-languageclient/node";

export interface WorkItem {
  kind: "criterion" | "task";
  /** `AC-US1-01`, `T-003` */
  name: string;
  title: string;
  done: boolean;
  /** Where it stands, from 0. */
  line: number;
}

/** The items of one file's outline, stories opened up. */
export function workItems(symbols: readonly DocumentSymbol[], kind: WorkItem["kind"]): WorkItem[] {
  return symbols.flatMap((symbol) => [...item(symbol, kind), ...workItems(symbol.children ?? [], kind)]);
}

function item(symbol: DocumentSymbol, kind: WorkItem["kind"]): WorkItem[] {
  const [, name = "", title = ""] = /^[☐☑] ([\w-]+)(?:: (.*))?$/.exec(symbol.name) ?? [];
  const found = name.startsWith("AC-") ? "criterion" : "task";
  if (name === "" || found !== kind) return [];
  return [{ kind, name, title, done: symbol.name.startsWith("☑"), line: symbol.selectionRange.start.line }];
}

/** Where work goes on: the first line of what is open. */
export function firstOpen(items: readonly WorkItem[]): number | undefined {
  return items.find((item) => !item.done)?.line;
}
