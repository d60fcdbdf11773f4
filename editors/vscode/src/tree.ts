// The view "Increments" in the Explorer.

import * as vscode from "vscode";

import { contextValue, grouped, severalProjects, type Group } from "./listing.ts";
import type { Increments } from "./increments.ts";
import { disagreement, effective, heading, icon, progress, summary } from "./statuses.ts";
import { nameOf } from "./status_text.ts";
import type { Increment } from "./wire.ts";

export type Node = { group: Group } | { increment: Increment; several: boolean };

export function tree(increments: Increments): vscode.Disposable {
  const provider = new IncrementTree(increments);
  const view = vscode.window.createTreeView("specweave-lsp.increments", { treeDataProvider: provider });
  return vscode.Disposable.from(view, provider);
}

class IncrementTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly increments: Increments;
  private readonly subscription: vscode.Disposable;

  constructor(increments: Increments) {
    this.increments = increments;
    this.subscription = increments.onDidChangeList(() => { this.changed.fire(undefined); });
  }

  async getChildren(node?: Node): Promise<Node[]> {
    const list = await this.increments.list();
    if (!node) return grouped(list).map((group) => ({ group }));
    const several = severalProjects(list);
    return "group" in node ? node.group.increments.map((increment) => ({ increment, several })) : [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return "group" in node ? groupItem(node.group) : incrementItem(node.increment, node.several);
  }

  dispose(): void {
    this.changed.dispose();
    this.subscription.dispose();
  }
}

function groupItem(group: Group): vscode.TreeItem {
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(group.label, group.folded ? Collapsed : Expanded);
  item.id = group.key;
  item.description = String(group.increments.length);
  return item;
}

function incrementItem(increment: Increment, several: boolean): vscode.TreeItem {
  const item = new vscode.TreeItem(increment.id);
  item.id = increment.folder;
  const where = several ? nameOf(increment.root) : "";
  const done = increment.desync ? `${increment.status ?? "–"} ≠ ${increment.metadataStatus ?? "–"}` : progress(increment);
  item.description = [done, where].filter(Boolean).join(" · ");
  item.iconPath = themeIcon(icon(increment));
  item.contextValue = contextValue(increment);
  const state = increment.desync ? disagreement(increment) : heading(effective(increment));
  item.tooltip = [increment.title ?? increment.id, state, increment.desync ? progress(increment) : summary(increment)].filter(Boolean).join("\n");
  item.accessibilityInformation = { label: `${increment.id}, ${state}, ${progress(increment)}` };
  item.command = { command: "specweave-lsp.openSpec", title: "Open spec.md", arguments: [increment.folder] };
  return item;
}

function themeIcon(icon: { id: string; colour?: string }): vscode.ThemeIcon {
  return new vscode.ThemeIcon(icon.id, icon.colour ? new vscode.ThemeColor(icon.colour) : undefined);
}
