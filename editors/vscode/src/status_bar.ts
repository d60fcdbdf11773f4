// The item in the status bar, and the language status item that tells how the server is.

import * as vscode from "vscode";

import type { Increments } from "./increments.ts";
import type { Server } from "./server.ts";
import { linkedCommands, notRunning, statusShown } from "./status_text.ts";
import { t } from "./texts.ts";

export function statusBar(server: Server, increments: Increments): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("increments", vscode.StatusBarAlignment.Left, 10);
  item.name = t("SpecWeave Increments");
  item.command = "specweave-lsp.showIncrements";
  const show = () => {
    const status = increments.status;
    const failed = server.state === "failed";
    const wanted = vscode.workspace.getConfiguration("specweave-lsp").get<boolean>("statusBar", true);
    const hasSomething = failed || (status?.projects.length ?? 0) > 0;
    if (!wanted || !hasSomething) {
      // While the server starts again, the last text stays: it would flicker.
      if (server.state !== "starting" || !wanted) item.hide();
      return;
    }
    const shown = failed || !status ? notRunning() : statusShown(status);
    item.text = shown.text;
    item.accessibilityInformation = { label: shown.label, role: "button" };
    item.backgroundColor = shown.background ? new vscode.ThemeColor(shown.background) : undefined;
    item.tooltip = new vscode.MarkdownString(shown.tooltip, true);
    item.tooltip.isTrusted = { enabledCommands: linkedCommands };
    item.command = failed ? "specweave-lsp.restartServer" : "specweave-lsp.showIncrements";
    item.show();
  };
  show();
  return vscode.Disposable.from(
    item,
    server.onDidChange(show),
    increments.onDidChangeStatus(show),
    vscode.workspace.onDidChangeConfiguration((change) => { if (change.affectsConfiguration("specweave-lsp.statusBar")) show(); }),
  );
}

export function serverHealth(server: Server): vscode.Disposable {
  const files = { scheme: "file", pattern: "**/.specweave/**/{spec.md,tasks.md,metadata.json}" };
  const item = vscode.languages.createLanguageStatusItem("specweave-lsp.server", files);
  item.name = t("SpecWeave Server");
  const show = () => {
    item.busy = server.state === "starting";
    const failed = server.state === "failed";
    item.severity = failed ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    item.text = { starting: t("SpecWeave server starts"), running: t("SpecWeave server runs"), stopped: t("SpecWeave server stopped"), failed: t("SpecWeave server failed") }[server.state];
    const crashes = server.crashes.total > 0 ? `, ${t("restarted {0}×", server.crashes.total)}` : "";
    item.detail = failed ? (server.problem ?? "") : `${server.version ?? ""}${crashes}`;
    item.command = failed
      ? { title: t("Restart"), command: "specweave-lsp.restartServer" }
      : { title: t("Show Log"), command: "specweave-lsp.showLog" };
  };
  show();
  return vscode.Disposable.from(item, server.onDidChange(show));
}
