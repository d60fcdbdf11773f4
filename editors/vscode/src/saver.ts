// Fixes end on disk: hooks and CI do not see what is in the editor.

import * as vscode from "vscode";

import type { Server } from "./server.ts";
import { decide, filesNamed, seen } from "./saving.ts";
import { t } from "./texts.ts";
import type { Applied } from "./wire.ts";

export function saver(server: Server): vscode.Disposable {
  return server.onWillStart((client) => {
    client.onNotification("specweave/applied", (applied: Applied) => {
      void afterChange(applied, server.log).catch((error: unknown) => { server.log.error(`After "${applied.title}": ${String(error)}`); });
    });
  });
}

async function afterChange(applied: Applied, log: vscode.LogOutputChannel): Promise<void> {
  const wanted = vscode.workspace.getConfiguration("specweave-lsp").get<boolean>("saveAfterFix", true);
  if (!wanted) return;
  const decision = decide(applied, document);
  log.info(`${applied.title}: ${applied.files.map((file) => seen(file, document(file.uri))).join(", ")}.`);
  const unsaved = await saveAll(decision.save);
  if (unsaved.length > 0) {
    void vscode.window.showErrorMessage(t("{0}: {1} could not be saved; the change is not on disk yet.", applied.title, filesNamed(unsaved)));
    return;
  }
  if (decision.ask.length === 0) {
    vscode.window.setStatusBarMessage(`$(check) ${t("{0}: saved", applied.title)}`, 5000);
    return;
  }
  const save = t("Save All of It");
  const message = t("{0}: not saved yet, because other changes of yours are in {1}.", applied.title, filesNamed(decision.ask));
  if ((await vscode.window.showWarningMessage(message, save)) === save) {
    const left = await saveAll(decision.ask);
    if (left.length > 0) void vscode.window.showErrorMessage(t("{0} could not be saved.", filesNamed(left)));
  }
}

function document(uri: string): vscode.TextDocument | undefined {
  const wanted = vscode.Uri.parse(uri).toString();
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === wanted);
}

/** Gives back what could not be saved. */
async function saveAll(uris: readonly string[]): Promise<string[]> {
  const results = await Promise.all(uris.map(async (uri) => ((await document(uri)?.save()) === false ? [uri] : [])));
  return results.flat();
}
