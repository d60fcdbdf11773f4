// What the palette, the menus, the tree and the status bar can do.

import * as vscode from "vscode";

import { debugInformation } from "./debug_information.ts";
import type { History } from "./history.ts";
import type { Increments } from "./increments.ts";
import { pickSections } from "./listing.ts";
import { changedSince, offeredUndo } from "./undo_text.ts";
import type { Server } from "./server.ts";
import { disagreement, title } from "./statuses.ts";
import type { Side, SyncAll } from "./sync_all.ts";
import { t } from "./texts.ts";
import type { IncrementTree } from "./tree.ts";
import type { Canonical, Changed, Evidence, Increment } from "./wire.ts";
import { firstOpen } from "./work.ts";
import { fileOf, type WorkReader } from "./work_reader.ts";

export interface Parts {
  server: Server;
  increments: Increments;
  history: History;
  syncAll: SyncAll;
  tree: IncrementTree;
  work: WorkReader;
}

export function registerCommands(context: vscode.ExtensionContext, parts: Parts): void {
  const { server, increments, history, tree } = parts;
  const actions = new Actions(parts);
  server.onRefusal = (error, command, argument) => actions.refused(error, command, argument);
  const register = (name: string, run: (target?: unknown) => Promise<unknown>) => {
    const command = vscode.commands.registerCommand(`specweave-lsp.${name}`, (target?: unknown) =>
      run(target).catch((error: unknown) => { server.say(error); }),
    );
    context.subscriptions.push(command);
  };
  /** On the increment that was clicked, else on that of the active editor, else on one to be picked. */
  const onIncrement = (name: string, placeholder: string, run: (increment: Increment) => Promise<unknown>, suits?: (increment: Increment) => boolean) => {
    register(name, async (target) => {
      const increment = await actions.target(target, placeholder, suits);
      if (increment) await run(increment);
    });
  };
  onIncrement("closeIncrement", t("Close which increment?"), (increment) => actions.close(increment), isClosable);
  onIncrement("changeStatus", t("Change the status of which increment?"), (increment) => actions.changeStatus(increment));
  onIncrement("syncIncrement", t("Sync the statuses of which increment?"), (increment) => actions.sync(increment), (increment) => increment.desync);
  onIncrement("showHistory", t("Show the history of which increment?"), (increment) => history.show(increment));
  onIncrement("openSpec", t("Open which increment?"), (increment) => open(increment, "spec.md"));
  onIncrement("openMetadata", t("Open which increment?"), (increment) => open(increment, "metadata.json"));
  onIncrement("openTasks", t("Open the tasks of which increment?"), (increment) => actions.openWork(increment, "task"));
  register("revealIncrement", (target) => tree.reveal(uriOf(target) ?? vscode.window.activeTextEditor?.document.uri, true));
  register("showOpenOnly", () => tree.choose({ openOnly: true }));
  register("showAll", () => tree.choose({ openOnly: false }));
  register("groupByStatus", () => tree.choose({ byStatus: true }));
  register("ungroup", () => tree.choose({ byStatus: false }));
  register("undoChange", () => actions.undo({}));
  register("syncAllIncrements", () => actions.syncAll());
  register("showIncrements", () => actions.showIncrements());
  register("restartServer", () => server.restart());
  register("showLog", () => {
    server.log.show();
    return Promise.resolve();
  });
  register("copyDebugInformation", async () => {
    await vscode.env.clipboard.writeText(debugInformation(context, server, increments));
    void vscode.window.showInformationMessage(t("The debug information is on the clipboard. It names programs and settings, no increments."));
  });
}

class Actions {
  private readonly server: Server;
  private readonly increments: Increments;
  private readonly syncing: SyncAll;
  private readonly work: WorkReader;

  constructor({ server, increments, syncAll, work }: Parts) {
    this.server = server;
    this.increments = increments;
    this.syncing = syncAll;
    this.work = work;
  }

  async target(target: unknown, placeholder: string, suits?: (increment: Increment) => boolean): Promise<Increment | undefined> {
    await this.running();
    const uri = uriOf(target) ?? vscode.window.activeTextEditor?.document.uri;
    const increment = uri ? await this.increments.at(uri) : undefined;
    if (increment) return increment;
    if (target !== undefined) throw new Error(t("That is no increment of the open projects any more."));
    return await this.pick(placeholder, suits);
  }

  private async pick(placeholder: string, suits: (increment: Increment) => boolean = () => true): Promise<Increment | undefined> {
    const list = (await this.listed()).filter(suits);
    if (list.length === 0) {
      void vscode.window.showInformationMessage(t("There is no increment that this could be done with."));
      return undefined;
    }
    const picked = await vscode.window.showQuickPick(quickPickItems(list), { placeHolder: placeholder, matchOnDescription: true, matchOnDetail: true });
    return picked?.increment;
  }

  /** Fails when no server runs: an empty list would be a lie. */
  private async listed(): Promise<Increment[]> {
    await this.running();
    return await this.increments.list();
  }

  private async running(): Promise<void> {
    // A command may be what started the extension: the server is on its way then.
    await this.server.settled();
    if (this.server.state !== "running") throw new Error(t('The SpecWeave server is not running. Run "SpecWeave: Restart Server".'));
  }

  async showIncrements(): Promise<void> {
    const list = await this.listed();
    const pick = vscode.window.createQuickPick<QuickPickItem>();
    pick.title = t("SpecWeave Increments");
    pick.placeholder = list.length > 0 ? t("Open an increment's spec.md, or act with the buttons on the right") : t("This project has no increments yet");
    pick.matchOnDescription = pick.matchOnDetail = true;
    pick.items = quickPickItems(list, true);
    pick.onDidTriggerItemButton(({ button, item }) => {
      pick.hide();
      const increment = item.increment;
      const button_ = button as Button;
      if (increment) void this.act(button_.action, increment).catch((error: unknown) => { this.server.say(error); });
    });
    pick.onDidAccept(() => {
      const increment = pick.selectedItems[0]?.increment;
      pick.hide();
      if (increment) void open(increment, "spec.md");
    });
    pick.onDidHide(() => { pick.dispose(); });
    pick.show();
  }

  private async act(action: Button["action"], increment: Increment): Promise<void> {
    if (action === "sync") await this.sync(increment);
    if (action === "close") await this.close(increment);
    if (action === "change") await this.changeStatus(increment);
  }

  async close(increment: Increment): Promise<void> {
    if (increment.desync) {
      const sync = t("Sync Statuses…");
      const message = t("{0} cannot be closed while its statuses disagree: {1}.", increment.id, disagreement(increment));
      if ((await vscode.window.showWarningMessage(message, sync)) === sync) await this.sync(increment);
      return;
    }
    try {
      await this.run("specweave-lsp.close", { increment: increment.folder });
    } catch (error) {
      if (!(await this.refused(error, "specweave-lsp.close", { increment: increment.folder }))) throw error;
    }
  }

  /** Open work forbids closing: offers the way to it, and the way past it. */
  async refused(error: unknown, command: string, argument: unknown): Promise<boolean> {
    if (command !== "specweave-lsp.close" || kindOf(error) !== "gate") return false;
    const { increment: name } = argument as { increment: string };
    const increment = (await this.increments.list()).find(({ id, folder }) => id === name || folder === name) ?? (await this.increments.at(vscode.Uri.parse(name)));
    if (!increment) return false;
    const { tasks, criteria } = await this.work.of(increment);
    const offers = new Map<string, () => Promise<unknown>>();
    if (firstOpen(tasks) !== undefined) offers.set(t("Open {0}", "tasks.md"), () => this.openWork(increment, "task"));
    if (firstOpen(criteria) !== undefined) offers.set(t("Open {0}", "spec.md"), () => this.openWork(increment, "criterion"));
    offers.set(t("Close Anyway"), () => this.closeAnyway(increment));
    const choice = await vscode.window.showWarningMessage(messageOf(error), ...offers.keys());
    await offers.get(choice ?? "")?.().catch((failure: unknown) => { this.server.say(failure); });
    return true;
  }

  /** The server writes into the journal that its checks were bypassed. */
  private async closeAnyway(increment: Increment): Promise<void> {
    await this.run("specweave-lsp.close", { increment: increment.folder, force: true });
  }

  /** At the first that is open. */
  async openWork(increment: Increment, kind: "task" | "criterion"): Promise<void> {
    const { tasks, criteria } = await this.work.of(increment);
    const line = firstOpen(kind === "task" ? tasks : criteria) ?? 0;
    await vscode.window.showTextDocument(fileOf(increment, kind), { selection: new vscode.Range(line, 0, line, 0) });
  }

  async changeStatus(increment: Increment): Promise<void> {
    if (increment.next.length === 0) throw new Error(t("{0} has no status that could be changed.", increment.id));
    const closing = isClosable(increment) && !increment.next.includes("completed") ? (["completed"] as const) : [];
    const wordsOf = (status: Canonical) => this.increments.words.find((words) => words.status === status);
    const items = [...increment.next, ...closing].map((status) => ({ label: title(status), description: wordsOf(status)?.says ?? "", status }));
    const picked = await vscode.window.showQuickPick(items, { placeHolder: t("{0} is {1}. Change it to …", increment.name, increment.status ?? increment.metadataStatus ?? t("without a status")) });
    if (!picked) return;
    if (picked.status === "completed") {
      await this.close(increment);
      return;
    }
    let reason: string | undefined;
    if (wordsOf(picked.status)?.takesReason) {
      reason = await vscode.window.showInputBox({ prompt: t("Why? It is kept in metadata.json; leave it empty for none."), placeHolder: t("Reason (optional)") });
      if (reason === undefined) return;
    }
    await this.run("specweave-lsp.setStatus", { increment: increment.folder, status: picked.status, ...(reason === undefined ? {} : { reason }) });
  }

  async sync(increment: Increment): Promise<void> {
    if (!increment.desync) {
      void vscode.window.showInformationMessage(t("The statuses of {0} agree.", increment.id));
      return;
    }
    const evidence = await this.evidence(increment);
    const keep = (from: Side, status: string | null, right: string, wrong: string) => ({
      label: status ?? "–",
      description: t("{0} is right: change {1}", right, wrong),
      detail: evidence?.[from] ?? "",
      from,
    });
    const sides = [
      keep("metadata", increment.metadataStatus, "metadata.json", "spec.md"),
      keep("spec", increment.status, "spec.md", "metadata.json"),
    ];
    const work = evidence ? ` ${evidence.work}.` : "";
    const picked = await vscode.window.showQuickPick(sides, { placeHolder: t("Which status of {0} is right?", increment.id) + work });
    if (picked) await this.run("specweave-lsp.sync", { increment: increment.folder, from: picked.from });
  }

  async syncAll(): Promise<void> {
    const desynced = (await this.listed()).filter((increment) => increment.desync);
    if (desynced.length === 0) {
      void vscode.window.showInformationMessage(t("All statuses agree; there is nothing to sync."));
      return;
    }
    await this.syncing.run(desynced);
  }

  /** Who changed each side last. Choosing goes on without it. */
  private async evidence(increment: Increment): Promise<Evidence | undefined> {
    try {
      return await this.server.request<Evidence>("specweave/evidence", { increment: `${increment.folder.replace(/\/$/, "")}/spec.md` });
    } catch (error) {
      this.server.log.warn(`No evidence about ${increment.id}: ${messageOf(error)}`);
      return undefined;
    }
  }

  private async run(command: string, argument: object): Promise<void> {
    this.offerUndo(await this.execute(command, argument), "increment" in argument ? String(argument.increment) : undefined);
  }

  private async execute(command: string, argument: object): Promise<Changed | null> {
    const request = () => this.server.request<Changed | null>("workspace/executeCommand", { command, arguments: [argument] });
    return await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: "SpecWeave" }, request);
  }

  /** "0047 closed", and a button that takes it back. Nobody waits for it. */
  private offerUndo(result: Changed | null, folder?: string): void {
    const offer = offeredUndo(result?.changed ?? [], folder);
    if (!offer) return;
    const undo = t("Undo");
    void vscode.window.showInformationMessage(offer.message, undo).then((choice) => {
      if (choice === undo) this.undo(offer.argument).catch((error: unknown) => { this.server.say(error); });
    });
  }

  /** Where somebody wrote since, the statuses alone can be set back. */
  async undo(argument: { increment?: string }): Promise<void> {
    try {
      const undone = await this.execute("specweave-lsp.undo", argument);
      const ids = (undone?.changed ?? []).map(({ increment, status }) => t("{0} is {1} again", increment, status));
      vscode.window.setStatusBarMessage(`$(discard) ${ids.join(", ")}`, 5000);
    } catch (error) {
      if (kindOf(error) !== changedSince) throw error;
      const back = t("Set Statuses Back");
      if ((await vscode.window.showWarningMessage(messageOf(error), back)) === back) await this.execute("specweave-lsp.undo", { ...argument, statuses: true });
    }
  }
}

interface Button extends vscode.QuickInputButton {
  action: "sync" | "close" | "change";
}

interface QuickPickItem extends vscode.QuickPickItem {
  increment?: Increment;
}

function quickPickItems(list: readonly Increment[], withButtons = false): QuickPickItem[] {
  return pickSections(list).flatMap((section) => [
    { label: section.title, kind: vscode.QuickPickItemKind.Separator },
    ...section.items.map((item) => ({ ...item, buttons: withButtons ? buttons(item.increment) : [] })),
  ]);
}

function buttons(increment: Increment): Button[] {
  const button = (action: Button["action"], icon: string, tooltip: string): Button => ({ action, iconPath: new vscode.ThemeIcon(icon), tooltip });
  return [
    ...(increment.desync ? [button("sync", "sync", t("Sync Statuses…"))] : []),
    ...(!increment.desync && increment.next.length > 0 ? [button("change", "arrow-swap", t("Change Status…"))] : []),
    ...(!increment.desync && isClosable(increment) ? [button("close", "pass", t("Close Increment"))] : []),
  ];
}

function isClosable(increment: Increment): boolean {
  return increment.desync || increment.meaning !== "completed";
}

async function open(increment: Increment, file: string): Promise<void> {
  const uri = vscode.Uri.joinPath(vscode.Uri.parse(increment.folder), file);
  await vscode.window.showTextDocument(uri);
}

/** Menus hand over a URI, the tree its node, links the URI as text. */
function uriOf(target: unknown): vscode.Uri | undefined {
  if (target instanceof vscode.Uri) return target;
  if (typeof target === "string") return vscode.Uri.parse(target);
  if (typeof target === "object" && target !== null && "increment" in target) return vscode.Uri.parse((target.increment as Increment).folder);
  return undefined;
}

/** What kind of error the server answered. */
function kindOf(error: unknown): unknown {
  return (error as { data?: { kind?: unknown } } | undefined)?.data?.kind;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
