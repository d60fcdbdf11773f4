// The view "Increments": what there is, how far it is, and what is left to do.

import * as vscode from "vscode";

import { contextValue, filtered, flat, grouped, severalProjects, type Group, type Look } from "./listing.ts";
import type { Increments } from "./increments.ts";
import type { Saver } from "./saver.ts";
import type { Server } from "./server.ts";
import { disagreement, heading, icon, nameBeside, progress, progressRead, shortDisagreement, shortProgress } from "./statuses.ts";
import { desyncsCounted, nameOf } from "./status_text.ts";
import { t } from "./texts.ts";
import type { Increment } from "./wire.ts";
import type { WorkItem } from "./work.ts";
import { fileOf, type WorkReader } from "./work_reader.ts";

interface IncrementNode {
  increment: Increment;
  several: boolean;
  /** What was last shown below it. */
  work?: string;
}

interface ItemNode {
  increment: Increment;
  item: WorkItem;
}

export type Node =
  | { group: Group }
  | IncrementNode
  | { increment: Increment; section: WorkItem["kind"]; items: WorkItem[] }
  | ItemNode;

const viewId = "specweave-lsp.increments";
/** What the user chose for this workspace, and whether the view has been shown once. */
const lookKey = "look";
const shownKey = "increments-shown";
/** In milliseconds. A file that is saved changes the list more than once; to whoever goes through the boxes
 * each must stay where it is. */
const restAfterChange = 50;
const restAfterTick = 2000;

export class IncrementTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node[] | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly context: vscode.ExtensionContext;
  private readonly server: Server;
  private readonly increments: Increments;
  private readonly work: WorkReader;
  private readonly saver: Saver;
  private readonly view: vscode.TreeView<Node>;
  private readonly subscriptions: vscode.Disposable[];
  private look: Look;
  /** What VS Code has been given, by id: the same object for as long as it stands for the same row, so that one row can be
   * drawn anew without the others. A click on a row that is drawn anew while the button is down goes nowhere. */
  private readonly nodes = new Map<string, Node>();
  private drawn = "";
  private later: NodeJS.Timeout | undefined;
  private ticked = 0;
  private ticks = Promise.resolve();

  constructor(context: vscode.ExtensionContext, server: Server, increments: Increments, work: WorkReader, saver: Saver) {
    this.context = context;
    this.server = server;
    this.increments = increments;
    this.work = work;
    this.saver = saver;
    this.look = context.workspaceState.get<Look>(lookKey, { openOnly: false, byStatus: true });
    this.view = vscode.window.createTreeView(viewId, { treeDataProvider: this, showCollapseAll: true, manageCheckboxStateManually: true });
    this.subscriptions = [
      this.view,
      increments.onDidChangeList(() => { this.drawLater(); }),
      increments.onDidChangeStatus(() => { this.showBadge(); }),
      this.view.onDidChangeVisibility(() => void this.follow()),
      vscode.window.onDidChangeActiveTextEditor(() => void this.follow()),
      this.view.onDidChangeCheckboxState(({ items }) => { this.tick(items); }),
    ];
    this.tellLook();
  }

  async choose(look: Partial<Look>): Promise<void> {
    this.look = { ...this.look, ...look };
    await this.context.workspaceState.update(lookKey, this.look);
    this.tellLook();
    this.drawAll();
  }

  /** Once what is going on has come to rest: somebody who ticks one box may be on the way to the next. */
  private drawLater(): void {
    clearTimeout(this.later);
    const wait = Math.max(restAfterChange, this.ticked + restAfterTick - Date.now());
    this.later = setTimeout(() => void this.draw(), wait);
  }

  /** Only what has changed, where the rows are still the same. */
  private async draw(): Promise<void> {
    const list = await this.increments.list();
    if (this.shape(list) !== this.drawn) {
      this.drawAll();
      return;
    }
    const stale: Node[] = [];
    for (const increment of list) {
      const node = this.nodes.get(increment.folder);
      if (!node || !("several" in node)) continue;
      const work = node.work === undefined ? undefined : JSON.stringify(await this.work.of(increment));
      if (JSON.stringify(node.increment) === JSON.stringify(increment) && node.work === work) continue;
      node.increment = increment;
      stale.push(node);
    }
    if (stale.length > 0) this.changed.fire(stale);
  }

  private drawAll(): void {
    this.nodes.clear();
    this.changed.fire(undefined);
  }

  /** Which rows there are down to the increments, and in which order. */
  private shape(list: readonly Increment[]): string {
    const shown = this.shown(list);
    const ids = (increments: readonly Increment[]) => increments.map(({ folder }) => folder);
    return JSON.stringify([severalProjects(list), this.look.byStatus ? grouped(shown).map((group) => [group.label, group.folded, ids(group.increments)]) : ids(flat(shown))]);
  }

  private node<N extends Node>(id: string, fresh: N): N {
    const known = this.nodes.get(id);
    if (known) return Object.assign(known as N, fresh);
    this.nodes.set(id, fresh);
    return fresh;
  }

  /** Shows the increment of this file, or of the active editor. */
  async reveal(uri: vscode.Uri | undefined, focus: boolean): Promise<void> {
    const increment = uri ? await this.increments.at(uri) : undefined;
    // Somebody may have gone to another view meanwhile; to reveal would bring this one back.
    if (!increment || (!focus && !this.view.visible)) return;
    if (this.shown([increment]).length === 0) {
      if (!focus) return;
      await this.choose({ openOnly: false });
    }
    await this.view.reveal(this.nodes.get(increment.folder) ?? { increment, several: false }, { select: true, focus, expand: focus });
  }

  private tellLook(): void {
    void vscode.commands.executeCommand("setContext", "specweave-lsp.openOnly", this.look.openOnly);
    void vscode.commands.executeCommand("setContext", "specweave-lsp.byStatus", this.look.byStatus);
  }

  /** The selection goes with the editor, as it does in the Explorer, and with the same setting. */
  private async follow(): Promise<void> {
    // A file that a tick has opened: the boxes stay under the mouse.
    if (Date.now() < this.ticked + restAfterTick) return;
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
    if (node && "section" in node) return node.items.map((item) => this.node(itemId(node.increment, item), { increment: node.increment, item }));
    if (node && "increment" in node) return await this.sections(node);
    const list = await this.increments.list();
    const several = severalProjects(list);
    const row = (increment: Increment) => this.node(increment.folder, { increment, several });
    if (node !== undefined) return node.group.increments.map(row);
    this.drawn = this.shape(list);
    const shown = this.shown(list);
    return this.look.byStatus ? grouped(shown).map((group) => this.node(group.key, { group })) : flat(shown).map(row);
  }

  async getParent(node: Node): Promise<Node | undefined> {
    if ("group" in node) return undefined;
    if (!("several" in node)) return this.nodes.get(node.increment.folder) ?? { increment: node.increment, several: false };
    if (!this.look.byStatus) return undefined;
    const groups = grouped(this.shown(await this.increments.list()));
    const group = groups.find(({ increments }) => increments.some(({ folder }) => folder === node.increment.folder));
    return group && this.node(group.key, { group });
  }

  private async sections(node: IncrementNode): Promise<Node[]> {
    const { increment } = node;
    const work = await this.work.of(increment);
    node.work = JSON.stringify(work);
    const section = (section: WorkItem["kind"], items: WorkItem[]) => (items.length > 0 ? [this.node(sectionId(increment, section), { increment, section, items })] : []);
    return [...section("criterion", work.criteria), ...section("task", work.tasks)];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if ("group" in node) return groupItem(node.group);
    if ("item" in node) return workItem(node.increment, node.item, this.server.offers(tickCommand));
    if ("section" in node) return sectionItem(node.increment, node.section, node.items);
    return incrementItem(node.increment, node.several);
  }

  /** One after the other, each saved before the next. */
  private tick(boxes: readonly [Node, vscode.TreeItemCheckboxState][]): void {
    this.ticked = Date.now();
    for (const [node, state] of boxes) {
      if ("item" in node) this.ticks = this.ticks.then(() => this.tickOne(node, state === vscode.TreeItemCheckboxState.Checked));
    }
  }

  private async tickOne(node: ItemNode, done: boolean): Promise<void> {
    const { increment, item } = node;
    const argument = { increment: increment.folder, item: item.name, done };
    try {
      await this.saver.whole(fileOf(increment, item.kind), () => this.server.request("workspace/executeCommand", { command: tickCommand, arguments: [argument] }));
    } catch (error) {
      this.server.say(error);
      // The box shows what the file says, whatever was clicked.
      this.changed.fire([node]);
    }
    this.drawLater();
  }

  dispose(): void {
    clearTimeout(this.later);
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
  const label = increment.desync ? nameBeside(name, shortDisagreement(increment)) : name;
  const item = new vscode.TreeItem(label, Collapsed);
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
  item.id = sectionId(increment, section);
  item.description = `${items.filter(({ done }) => done).length}/${items.length}`;
  item.accessibilityInformation = { label: `${label}, ${item.description}` };
  return item;
}

function workItem(increment: Increment, work: WorkItem, tickable: boolean): vscode.TreeItem {
  const { kind, name, title, done, line } = work;
  const item = new vscode.TreeItem(`${name} ${title}`.trim(), None);
  item.id = itemId(increment, work);
  item.tooltip = `${name}: ${title}`;
  item.contextValue = "work";
  if (tickable) item.checkboxState = done ? vscode.TreeItemCheckboxState.Checked : vscode.TreeItemCheckboxState.Unchecked;
  else item.iconPath = new vscode.ThemeIcon(done ? "pass" : "circle-large-outline");
  item.accessibilityInformation = { label: `${name} ${title}, ${done ? t("done") : t("open")}`.slice(0, 120), ...(tickable ? { role: "checkbox" } : {}) };
  const selection = new vscode.Range(line, 0, line, 0);
  item.command = { command: "vscode.open", title: t("Open"), arguments: [fileOf(increment, kind), { selection }] };
  return item;
}

function sectionId(increment: Increment, section: WorkItem["kind"]): string {
  return `${increment.folder}#${section}`;
}

function itemId(increment: Increment, { kind, name, line }: WorkItem): string {
  return `${increment.folder}#${kind}#${name}#${line}`;
}

function themeIcon(icon: { id: string; colour?: string }): vscode.ThemeIcon {
  return new vscode.ThemeIcon(icon.id, icon.colour ? new vscode.ThemeColor(icon.colour) : undefined);
}
