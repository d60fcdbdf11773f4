// The view "Status History": the commits that changed the statuses of one increment. Each opens what it changed.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as vscode from "vscode";

import { headline, rows, type Row, type StatusHistory } from "./commits.ts";
import type { Server } from "./server.ts";
import { t } from "./texts.ts";
import type { Increment } from "./wire.ts";

const viewId = "specweave-lsp.history";
const scheme = "specweave-history";
/** A long git history takes a while; longer than this, something hangs. */
const limits = { timeout: 60_000, maxBuffer: 64 * 1024 * 1024, windowsHide: true };

export class History implements vscode.TreeDataProvider<Row>, vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly server: Server;
  private readonly view: vscode.TreeView<Row>;
  private readonly subscriptions: vscode.Disposable[];
  private shown: { increment: Increment; history: StatusHistory } | undefined;

  constructor(server: Server) {
    this.server = server;
    this.view = vscode.window.createTreeView(viewId, { treeDataProvider: this });
    this.subscriptions = [
      this.view,
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.commands.registerCommand("specweave-lsp.openCommit", (row: Row) => this.open(row).catch((error: unknown) => { server.say(error); })),
    ];
  }

  async show(increment: Increment): Promise<void> {
    const title = t("Reading the history of {0}", increment.id);
    const history = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () => this.read(increment));
    this.shown = { increment, history };
    this.view.description = increment.name;
    this.view.message = headline(history);
    await vscode.commands.executeCommand("setContext", "specweave-lsp.history", true);
    this.changed.fire(undefined);
    await vscode.commands.executeCommand(`${viewId}.focus`);
  }

  getChildren(row?: Row): Row[] {
    return row || !this.shown ? [] : rows(this.shown.history);
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const item = new vscode.TreeItem(row.label);
    item.description = row.description;
    item.tooltip = row.tooltip;
    item.iconPath = row.desync ? new vscode.ThemeIcon("error", new vscode.ThemeColor("specweave.desyncForeground")) : new vscode.ThemeIcon("git-commit");
    item.accessibilityInformation = { label: `${row.label}, ${row.description}`.slice(0, 120) };
    item.command = { command: "specweave-lsp.openCommit", title: t("Open Changes"), arguments: [row] };
    return item;
  }

  /** What the commit changed in the two files, or what is changed since the last one. */
  private async open({ commit }: Row): Promise<void> {
    const shown = this.shown;
    const base = commit ?? shown?.history.commits.at(-1);
    if (!shown || !base) return;
    const folder = vscode.Uri.parse(shown.increment.folder);
    const sides = ["spec.md", "metadata.json"].map((name): [vscode.Uri, vscode.Uri, vscode.Uri] => {
      const now = vscode.Uri.joinPath(folder, name);
      const at = (revision: string) => now.with({ scheme, query: JSON.stringify({ revision, path: `${base.folder}/${name}` }) });
      return commit ? [now, at(`${commit.commit}^`), at(commit.commit)] : [now, at(base.commit), now];
    });
    const texts = async (uri: vscode.Uri) => (await vscode.workspace.openTextDocument(uri)).getText();
    const differs = await Promise.all(sides.map(async ([, before, after]) => (await texts(before)) !== (await texts(after))));
    const changed = sides.filter((_, at) => differs[at]);
    const title = commit ? `${commit.commit.slice(0, 10)} ${commit.subject}` : t("Not committed yet");
    const [first, second] = changed.length > 0 ? changed : sides;
    if (!first) return;
    if (second) await vscode.commands.executeCommand("vscode.changes", title, [first, second]);
    else await vscode.commands.executeCommand("vscode.diff", first[1], first[2], `${first[0].path.split("/").at(-1) ?? ""}: ${title}`);
  }

  private async read(increment: Increment): Promise<StatusHistory> {
    const { root } = this.trusted(increment);
    const found = this.server.found;
    if (!found || "problem" in found) throw new Error(t("There is no SpecWeave server that could read the history."));
    try {
      const { stdout } = await promisify(execFile)(found.command, ["history", increment.id, "--project", root, "--format", "json"], limits);
      return JSON.parse(stdout) as StatusHistory;
    } catch (error) {
      const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
      throw new Error(said || t("The history of {0} could not be read: {1}", increment.id, String(error)), { cause: error });
    }
  }

  /** Reading a repository's history runs git in it, and git runs what its configuration says. */
  private trusted(increment: Increment): { root: string } {
    if (!vscode.workspace.isTrusted) throw new Error(t("The history is not read in a workspace that is not trusted."));
    return { root: vscode.Uri.parse(increment.root).fsPath };
  }

  /** A file as it was; empty where it was not there. */
  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    if (!this.shown) return "";
    const { root } = this.trusted(this.shown.increment);
    const { revision, path } = JSON.parse(uri.query) as { revision: string; path: string };
    const git = vscode.workspace.getConfiguration("git").get<string | string[] | null>("path");
    try {
      const { stdout } = await promisify(execFile)(typeof git === "string" && git ? git : "git", ["-C", root, "cat-file", "blob", `${revision}:${path}`], limits);
      return stdout;
    } catch {
      return "";
    }
  }

  dispose(): void {
    this.changed.dispose();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }
}

