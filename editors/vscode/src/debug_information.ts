// What somebody who helps wants to know first. It names no increments: they may be private.

import os from "node:os";
import * as vscode from "vscode";

import type { Increments } from "./increments.ts";
import type { Server } from "./server.ts";

export function debugInformation(context: vscode.ExtensionContext, server: Server, increments: Increments): string {
  const manifest = context.extension.packageJSON as { version: string };
  const found = server.found;
  const counts = increments.status?.projects.map(({ counts }) => `${counts.increments} increments, ${counts.open} open, ${counts.desyncs} desyncs, ${counts.errors} errors`);
  const rows = [
    ["Extension", manifest.version],
    ["Server", `${server.version ?? "unknown version"}, ${server.state}, crashed ${server.crashes.total} times`],
    ["Program", !found ? "not looked for" : "problem" in found ? found.problem : `${found.command} (${found.source})`],
    ["Problem", server.problem ?? "none"],
    ["Editor", `${vscode.env.appName} ${vscode.version}, ${vscode.env.remoteName ?? "local"}, Node.js ${process.version}`],
    ["System", `${os.type()} ${os.release()} ${os.arch()}`],
    ["Workspace", `${vscode.workspace.workspaceFolders?.length ?? 0} folders, ${vscode.workspace.isTrusted ? "trusted" : "not trusted"}`],
    ["Projects", counts?.join("; ") ?? "unknown"],
    ["Settings", JSON.stringify(vscode.workspace.getConfiguration("specweave-lsp"))],
  ];
  return rows.map(([name, value]) => `- ${name}: ${value}\n`).join("");
}
