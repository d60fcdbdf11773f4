// Puts the parts together; each has a file of its own.

import * as vscode from "vscode";

import { registerCommands } from "./commands.ts";
import { decorations } from "./decorations.ts";
import { History } from "./history.ts";
import { Increments } from "./increments.ts";
import { otherPrograms } from "./other_programs.ts";
import { Saver } from "./saver.ts";
import { Server } from "./server.ts";
import { serverHealth, statusBar } from "./status_bar.ts";
import { SyncAll } from "./sync_all.ts";
import { useTranslations } from "./texts.ts";
import { IncrementTree } from "./tree.ts";
import { WorkReader } from "./work_reader.ts";

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  useTranslations((message, ...values) => vscode.l10n.t(message, ...values));
  server = new Server(context);
  const running = server;
  const increments = new Increments(running);
  const history = new History(running);
  const work = new WorkReader(running);
  const saver = new Saver(running);
  const tree = new IncrementTree(context, running, increments, work, saver);
  const syncAll = new SyncAll(running);
  registerCommands(context, { server: running, increments, history, syncAll, tree, work });
  context.subscriptions.push(
    history,
    syncAll,
    tree,
    decorations(increments),
    otherPrograms(running, increments, saver.onApplied),
    increments,
    saver,
    statusBar(running, increments),
    serverHealth(running),
    running.onDidChange(() => void vscode.commands.executeCommand("setContext", "specweave-lsp.running", running.state === "running")),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("specweave-lsp.server.path")) void running.reconsider();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void running.reconsider()),
    running,
  );
  // Not awaited: the editor is not to wait for the server.
  void running.start();
}

export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}
