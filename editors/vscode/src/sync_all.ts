// Sync All: which side is right, then every change before it is made, each to be left out, each to be seen as a diff.

import * as vscode from "vscode";
import type { CodeAction, TextDocumentEdit, TextEdit, WorkspaceEdit } from "vscode-languageclient/node";

import { explicitSetting } from "./explicit_settings.ts";
import type { Server } from "./server.ts";
import { desyncsCounted } from "./status_text.ts";
import { t } from "./texts.ts";
import type { Increment } from "./wire.ts";

export type Side = "metadata" | "spec";

/** One change, as the server would make it. */
interface Offer {
  increment: Increment;
  keep: Side;
  action: CodeAction;
}

const files = { metadata: "metadata.json", spec: "spec.md" } as const;
const scheme = "specweave-preview";

export class SyncAll implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly server: Server;
  private readonly previews = new Map<string, string>();
  private readonly subscription: vscode.Disposable;

  constructor(server: Server) {
    this.server = server;
    this.subscription = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  }

  async run(desynced: readonly Increment[]): Promise<void> {
    const side = await this.askSide(desynced.length);
    if (!side) return;
    const offers = (await Promise.all(desynced.map((increment) => this.offer(increment, side.from)))).flat();
    if (offers.length === 0) throw new Error(t("None of these desyncs can be fixed this way: the file that is right has no status, or is not readable. Open the Problems panel to see why."));
    const chosen = await this.choose(offers);
    for (const { increment, keep } of chosen) {
      await this.server.request("workspace/executeCommand", { command: "specweave-lsp.sync", arguments: [{ increment: increment.folder, from: keep }] });
    }
  }

  private async askSide(count: number): Promise<{ from?: Side } | undefined> {
    const preferred = explicitSetting(vscode.workspace.getConfiguration("specweave-lsp").inspect("preferredSource"));
    const sides = new Map<unknown, string>([["spec", t("keep the status of {0}", files.spec)], ["metadata", t("keep the status of {0}", files.metadata)]]);
    const further = preferred === "auto" ? t("keep the status further along the lifecycle") : t("keep the status further along the lifecycle, unless the project prefers a file");
    const items: { label: string; description: string; from?: Side }[] = [
      { label: t("As preferred"), description: sides.get(preferred) ?? further },
      { label: t("{0} is right", files.metadata), description: t("change every {0}", files.spec), from: "metadata" },
      { label: t("{0} is right", files.spec), description: t("change every {0}", files.metadata), from: "spec" },
    ];
    return await vscode.window.showQuickPick(items, { placeHolder: t("{0}: which status is right? The next step shows each change.", desyncsCounted(count)) });
  }

  /** None where the server offers no such fix. */
  private async offer(increment: Increment, from: Side | undefined): Promise<Offer[]> {
    const everywhere = { start: { line: 0, character: 0 }, end: { line: 2_000_000, character: 0 } };
    const textDocument = { uri: this.server.wireUri(fileOf(increment, "spec")) };
    const actions = await this.server.request<CodeAction[] | null>("textDocument/codeAction", { textDocument, range: everywhere, context: { diagnostics: [], only: ["quickfix"] } });
    const offers = (actions ?? []).flatMap((action): Offer[] => {
      const [, changed] = /^Set (spec\.md|metadata\.json) status to /.exec(action.title) ?? [];
      return changed && !action.disabled ? [{ increment, keep: changed === "spec.md" ? "metadata" : "spec", action }] : [];
    });
    return offers.filter(({ keep, action }) => (from ? keep === from : action.isPreferred === true));
  }

  private choose(offers: readonly Offer[]): Promise<readonly Offer[]> {
    const diff: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("diff"), tooltip: t("Show as Diff") };
    const all: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("diff-multiple"), tooltip: t("Show All as Diffs") };
    const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { offer: Offer }>();
    pick.title = t("Sync All: Changes to Make");
    pick.placeholder = t("Untick what is to stay as it is; OK changes and saves the rest");
    pick.canSelectMany = pick.ignoreFocusOut = pick.matchOnDescription = pick.matchOnDetail = true;
    pick.buttons = [all];
    pick.items = offers.map((offer) => ({ ...shown(offer), offer, buttons: [diff] }));
    pick.selectedItems = pick.items;
    const show = (wanted: readonly Offer[]) => {
      this.showDiffs(wanted).catch((error: unknown) => { this.server.say(error); });
    };
    return new Promise((resolve) => {
      pick.onDidTriggerButton(() => { show(offers); });
      pick.onDidTriggerItemButton(({ item }) => { show([item.offer]); });
      pick.onDidAccept(() => {
        resolve(pick.selectedItems.map(({ offer }) => offer));
        pick.hide();
      });
      pick.onDidHide(() => {
        resolve([]);
        pick.dispose();
      });
      pick.show();
    });
  }

  private async showDiffs(offers: readonly Offer[]): Promise<void> {
    const resources = await Promise.all(offers.map((offer) => this.preview(offer)));
    await vscode.commands.executeCommand("vscode.changes", t("Sync All: Changes to Make"), resources.flat());
  }

  /** The files as they are and as they would be. */
  private async preview({ action }: Offer): Promise<[vscode.Uri, vscode.Uri, vscode.Uri][]> {
    const { edit } = await this.server.request<CodeAction>("codeAction/resolve", action);
    return await Promise.all(editsOf(edit).map(async ([name, edits]): Promise<[vscode.Uri, vscode.Uri, vscode.Uri]> => {
      const uri = vscode.Uri.parse(name);
      const document = await vscode.workspace.openTextDocument(uri);
      const after = uri.with({ scheme });
      this.previews.set(after.toString(), applied(document, edits));
      return [uri, uri, after];
    }));
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.previews.get(uri.toString()) ?? "";
  }

  dispose(): void {
    this.subscription.dispose();
  }
}

function shown({ increment, keep, action }: Offer): vscode.QuickPickItem {
  const [from, to] = keep === "metadata" ? [increment.status, increment.metadataStatus] : [increment.metadataStatus, increment.status];
  const changed = keep === "metadata" ? files.spec : files.metadata;
  const [, remark] = /\((?:from [^;)]*; )([^)]*)\)$/.exec(action.title) ?? [];
  return {
    label: increment.name.replaceAll("$(", "$\u200b("),
    description: `${changed}: ${from ?? t("no status")} → ${to ?? t("no status")}`,
    detail: [increment.id, remark].filter(Boolean).join(" — "),
  };
}

function editsOf(edit: WorkspaceEdit | undefined): [string, TextEdit[]][] {
  const documents = (edit?.documentChanges ?? []).filter((change): change is TextDocumentEdit => "edits" in change);
  return [
    ...documents.map(({ textDocument, edits }): [string, TextEdit[]] => [textDocument.uri, edits as TextEdit[]]),
    ...Object.entries(edit?.changes ?? {}),
  ];
}

function applied(document: vscode.TextDocument, edits: readonly TextEdit[]): string {
  const offset = ({ line, character }: TextEdit["range"]["start"]) => document.offsetAt(new vscode.Position(line, character));
  const backwards = [...edits].sort((a, b) => offset(b.range.start) - offset(a.range.start));
  return backwards.reduce((text, { range, newText }) => text.slice(0, offset(range.start)) + newText + text.slice(offset(range.end)), document.getText());
}

function fileOf(increment: Increment, side: Side): vscode.Uri {
  return vscode.Uri.joinPath(vscode.Uri.parse(increment.folder), files[side]);
}
