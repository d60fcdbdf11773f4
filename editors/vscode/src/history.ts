// The history of an increment's statuses: what `specweave-lsp history` prints, in a document that cannot be edited.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as vscode from "vscode";

import type { Server } from "./server.ts";
import type { Increment } from "./wire.ts";

const scheme = "specweave-history";
/** A long git history takes a while; longer than this, something hangs. */
const patience = 60_000;

export class History implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly texts = new Map<string, string>();
  private readonly server: Server;
  private readonly subscriptions: vscode.Disposable[];

  constructor(server: Server) {
    this.server = server;
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.workspace.onDidCloseTextDocument((document) => this.texts.delete(document.uri.toString())),
    ];
  }

  async show(increment: Increment): Promise<void> {
    const root = vscode.Uri.parse(increment.root).fsPath;
    const uri = vscode.Uri.from({ scheme, path: `/History of ${increment.id}`, query: root });
    const title = `Reading the history of ${increment.id}`;
    const text = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () => this.read(increment.id, root));
    this.texts.set(uri.toString(), text);
    this.changed.fire(uri);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
  }

  private async read(id: string, root: string): Promise<string> {
    // Reading a repository's history runs git in it, and git runs what its configuration says.
    if (!vscode.workspace.isTrusted) throw new Error("The history is not read in a workspace that is not trusted.");
    const found = this.server.found;
    if (!found || "problem" in found) throw new Error("There is no SpecWeave server that could read the history.");
    try {
      const { stdout } = await promisify(execFile)(found.command, ["history", id, "--project", root], { timeout: patience, maxBuffer: 64 * 1024 * 1024 });
      return stdout;
    } catch (error) {
      const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
      throw new Error(said || `The history of ${id} could not be read: ${String(error)}`, { cause: error });
    }
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? "";
  }

  dispose(): void {
    this.changed.dispose();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }
}
