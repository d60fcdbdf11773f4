// Puts the parts together; each has a file of its own.

import * as vscode from "vscode";

import { registerCommands } from "./commands.ts";
import { History } from "./history.ts";
import { Increments } from "./increments.ts";
import { saver } from "./saver.ts";
import { Server } from "./server.ts";
import { serverHealth, statusBar } from "./status_bar.ts";
import { tree } from "./tree.ts";

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  server = new Server(context);
  const running = server;
  const increments = new Increments(running);
  const history = new History(running);
  registerCommands(context, running, increments, history);
  context.subscriptions.push(
    history,
    increments,
    saver(running),
    statusBar(running, increments),
    serverHealth(running),
    tree(increments),
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
