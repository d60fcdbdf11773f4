// What VS Code loads. It is activated early, with the first markdown or JSON file, so that a restored spec.md has its
// underline soon; most such files have nothing to do with SpecWeave, and for them nothing else is loaded.

import { existsSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";

type Main = typeof import("./main.ts");

let main: Main | undefined;

/** Where VS Code looks for nested projects too, by the same patterns in package.json. */
const nested = "{*,*/*}/.specweave/increments/*/{spec.md,metadata.json}";

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const opened = (document: vscode.TextDocument) => /[\\/]\.specweave[\\/]/.test(document.uri.fsPath);
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (vscode.workspace.textDocuments.some(opened) || folders.some(({ uri }) => existsSync(path.join(uri.fsPath, ".specweave")))) {
    await start(context);
    return;
  }
  const waiting: vscode.Disposable[] = [];
  context.subscriptions.push({ dispose: () => { vscode.Disposable.from(...waiting).dispose(); } });
  const startOnce = async () => {
    vscode.Disposable.from(...waiting.splice(0)).dispose();
    if (!main) await start(context);
  };
  // A command is what may have activated it.
  const { contributes } = context.extension.packageJSON as { contributes: { commands: { command: string }[] } };
  for (const { command } of contributes.commands) {
    waiting.push(vscode.commands.registerCommand(command, async (...args: unknown[]) => {
      await startOnce();
      return await vscode.commands.executeCommand(command, ...args);
    }));
  }
  const look = async () => {
    const own = (vscode.workspace.workspaceFolders ?? []).some(({ uri }) => existsSync(path.join(uri.fsPath, ".specweave")));
    if (own || (await vscode.workspace.findFiles(nested, null, 1)).length > 0) await startOnce();
  };
  const watcher = vscode.workspace.createFileSystemWatcher("**/.specweave/increments/*/{spec.md,metadata.json}", false, true, true);
  waiting.push(
    watcher,
    watcher.onDidCreate(() => void startOnce()),
    vscode.workspace.onDidOpenTextDocument((document) => { if (opened(document)) void startOnce(); }),
    vscode.workspace.onDidChangeWorkspaceFolders(() => void look()),
  );
  void look();
}

async function start(context: vscode.ExtensionContext): Promise<void> {
  // In the same bundle; it runs only now.
  main ??= await import("./main.ts");
  main.activate(context);
}

export function deactivate(): Promise<void> | undefined {
  return main?.deactivate();
}
