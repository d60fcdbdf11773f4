// The view "Increments": what there is, how far it is, and what is left to do.

import * as vscode from "vscode";

import { contextValue, filtered, flat, grouped, severalProjects, type Group, type Look } from "./listing.ts";
import type { Increments } from "./increments.ts";
import type { Server } from "./server.ts";
import { disagreement, heading, icon, progress, progressRead, shortDisagreement, shortProgress } from "./statuses.ts";
import { desyncsCounted, nameOf } from "./status_text.ts";
import { t } from "./texts.ts";
import type { Increment } from "./wire.ts";
import type { WorkItem } from "./work.ts";
import { fileOf, type WorkReader } from "./work_reader.ts";

export type Node =
  | { group: Group }
  | { increment: Increment; several: boolean }
  | { increment: Increment; section: WorkItem["kind"]; items: WorkItem[] }
  | { increment: Increment; item: WorkItem };

const viewId = "specweave-lsp.increments";
/** What the user chose for this workspace, and whether the view has been shown once. */
const lookKey = "look";
const shownKey = "increments-shown";

export class IncrementTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly context: vscode.ExtensionContext;
  private readonly server: Server;
  private readonly increments: Increments;
  private readonly work: WorkReader;
  private readonly view: vscode.TreeView<Node>;
  private readonly subscriptions: vscode.Disposable[];
  private look: Look;

  constructor(context: vscode.ExtensionContext, server: Server, increments: Increments, work: WorkReader) {
    this.context = context;
    this.server = server;
    this.increments = increments;
    this.work = work;
    this.look = context.workspaceState.get<Look>(lookKey, { openOnly: false, byStatus: true });
    this.view = vscode.window.createTreeView(viewId, { treeDataProvider: this, showCollapseAll: true, manageCheckboxStateManually: true });
    this.subscriptions = [
      this.view,
      increments.onDidChangeList(() => { this.changed.fire(undefined); }),
      increments.onDidChangeStatus(() => { this.showBadge(); }),
      this.view.onDidChangeVisibility(() => void this.follow()),
      vscode.window.onDidChangeActiveTextEditor(() => void this.follow()),
      this.view.onDidChangeCheckboxState(({ items }) => void this.tick(items)),
    ];
    this.tellLook();
  }

  async choose(look: Partial<Look>): Promise<void> {
    this.look = { ...this.look, ...look };
    await this.context.workspaceState.update(lookKey, this.look);
    this.tellLook();
    this.changed.fire(undefined);
  }

  /** Shows the increment of this file, or of the active editor. */
  async reveal(uri: vscode.Uri | undefined, focus: boolean): Promise<void> {
    const increment = uri ? await this.increments.at(uri) : undefined;
    if (!increment) return;
    if (this.shown([increment]).length === 0) {
      if (!focus) return;
      await this.choose({ openOnly: false });
    }
    await this.view.reveal({ increment, several: false }, { select: true, focus, expand: focus });
  }

  private tellLook(): void {
    void vscode.commands.executeCommand("setContext", "specweave-lsp.openOnly", this.look.openOnly);
    void vscode.commands.executeCommand("setContext", "specweave-lsp.byStatus", this.look.byStatus);
  }

  /** The selection goes with the editor, as it does in the Explorer, and with the same setting. */
  private async follow(): Promise<void> {
    const wanted = vscode.workspace.getConfiguration("explorer").get<boolean | string>("autoReveal", true);
    if (this.view.visible && wanted) await this.reveal(vscode.window.activeTextEditor?.document.uri, false);
  }

  private showBadge(): void {
    const desyncs = this.increments.status?.projects.reduce((sum, project) => sum + project.counts.desyncs, 0) ?? 0;
    this.view.badge = desyncs > 0 ? { value: desyncs, tooltip: desyncsCounted(desyncs) } : undefined;
    void this.showOnce();
  }

  /** At the very first start nobody knows that there is a view; the keyboard stays where it is. */
  private async showOnce(): Promise<void> {
    if ((this.increments.status?.projects.length ?? 0) === 0 || this.context.globalState.get(shownKey)) return;
    await this.context.globalState.update(shownKey, true);
    const [first] = await this.getChildren();
    if (first) await this.view.reveal(first, { select: false, focus: false });
  }

  private shown(list: readonly Increment[]): Increment[] {
    return filtered(list, this.look);
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node && "item" in node) return [];
    if (node && "section" in node) return node.items.map((item) => ({ increment: node.increment, item }));
    if (node && "increment" in node) return await this.sections(node.increment);
    const list = await this.increments.list();
    const several = severalProjects(list);
    if (node !== undefined) return node.group.increments.map((increment) => ({ increment, several }));
    const shown = this.shown(list);
    return this.look.byStatus ? grouped(shown).map((group) => ({ group })) : flat(shown).map((increment) => ({ increment, several }));
  }

  async getParent(node: Node): Promise<Node | undefined> {
    if ("group" in node) return undefined;
    if (!("several" in node)) return { increment: node.increment, several: false };
    if (!this.look.byStatus) return undefined;
    const groups = grouped(this.shown(await this.increments.list()));
    const group = groups.find(({ increments }) => increments.some(({ folder }) => folder === node.increment.folder));
    return group && { group };
  }

  private async sections(increment: Increment): Promise<Node[]> {
    const { criteria, tasks } = await this.work.of(increment);
    return [
      ...(criteria.length > 0 ? [{ increment, section: "criterion" as const, items: criteria }] : []),
      ...(tasks.length > 0 ? [{ increment, section: "task" as const, items: tasks }] : []),
    ];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if ("group" in node) return groupItem(node.group);
    if ("item" in node) return workItem(node.increment, node.item, this.server.offers(tickCommand));
    if ("section" in node) return sectionItem(node.increment, node.section, node.items);
    return incrementItem(node.increment, node.several);
  }

  private async tick(boxes: readonly [Node, vscode.TreeItemCheckboxState][]): Promise<void> {
    for (const [node, state] of boxes) {
      if (!("item" in node)) continue;
      const done = state === vscode.TreeItemCheckboxState.Checked;
      const argument = { increment: node.increment.folder, item: node.item.name, done };
      try {
        await this.server.request("workspace/executeCommand", { command: tickCommand, arguments: [argument] });
      } catch (error) {
        this.server.say(error);
      }
    }
    // The boxes show what the files say, whatever was clicked.
    this.changed.fire(undefined);
  }

  dispose(): void {
    this.changed.dispose();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }
}

/** A server that has it can tick off tasks and acceptance criteria. */
const tickCommand = "specweave-lsp.tick";

const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;

function groupItem(group: Group): vscode.TreeItem {
  const item = new vscode.TreeItem(group.label, group.folded ? Collapsed : Expanded);
  item.id = group.key;
  item.description = String(group.increments.length);
  item.accessibilityInformation = { label: `${group.label}, ${group.increments.length}` };
  return item;
}

function incrementItem(increment: Increment, several: boolean): vscode.TreeItem {
  const { name } = increment;
  const item = new vscode.TreeItem(name, Collapsed);
  item.id = increment.folder;
  const where = several ? nameOf(increment.root) : "";
  const done = increment.desync ? shortDisagreement(increment) : shortProgress(increment);
  item.description = [done, where].filter(Boolean).join(" · ");
  item.iconPath = themeIcon(icon(increment));
  item.contextValue = contextValue(increment);
  const state = increment.desync ? disagreement(increment) : heading(increment);
  item.tooltip = [name, increment.id, state, progress(increment)].filter(Boolean).join("\n");
  item.accessibilityInformation = { label: [name, state, progressRead(increment)].filter(Boolean).join(", ").slice(0, 120) };
  item.command = { command: "specweave-lsp.openSpec", title: t("Open {0}", "spec.md"), arguments: [increment.folder] };
  return item;
}

function sectionItem(increment: Increment, section: WorkItem["kind"], items: readonly WorkItem[]): vscode.TreeItem {
  const label = section === "task" ? t("Tasks") : t("Acceptance Criteria");
  const item = new vscode.TreeItem(label, Expanded);
  item.id = `${increment.folder}#${section}`;
  item.description = `${items.filter(({ done }) => done).length}/${items.length}`;
  item.accessibilityInformation = { label: `${label}, ${item.description}` };
  return item;
}

function workItem(increment: Increment, { kind, name, title, done, line }: WorkItem, tickable: boolean): vscode.TreeItem {
  const item = new vscode.TreeItem(`${name} ${title}`.trim(), None);
  item.id = `${increment.folder}#${kind}#${name}#${line}`;
  item.tooltip = `${name}: ${title}`;
  item.contextValue = "work";
  if (tickable) item.checkboxState = done ? vscode.TreeItemCheckboxState.Checked : vscode.TreeItemCheckboxState.Unchecked;
  else item.iconPath = new vscode.ThemeIcon(done ? "pass" : "circle-large-outline");
  item.accessibilityInformation = { label: `${name} ${title}, ${done ? t("done") : t("open")}`.slice(0, 120), ...(tickable ? { role: "checkbox" } : {}) };
  const selection = new vscode.Range(line, 0, line, 0);
  item.command = { command: "vscode.open", title: t("Open"), arguments: [fileOf(increment, kind), { selection }] };
  return item;
}

function themeIcon(icon: { id: string; colour?: string }): vscode.ThemeIcon {
  return new vscode.ThemeIcon(icon.id, icon.colour ? new vscode.ThemeColor(icon.colour) : undefined);
}
