// Asks the server for the acceptance criteria and tasks of an increment: it reads them as it counts them.

import * as vscode from "vscode";
import type { DocumentSymbol } from "vscode-languageclient/node";

import type { Server } from "./server.ts";
import type { Increment } from "./wire.ts";
import { workItems, type WorkItem } from "./work.ts";

export interface Work {
  criteria: WorkItem[];
  tasks: WorkItem[];
}

export class WorkReader {
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  async of(increment: Increment): Promise<Work> {
    const [criteria, tasks] = await Promise.all([this.items(increment, "criterion"), this.items(increment, "task")]);
    return { criteria, tasks };
  }

  private async items(increment: Increment, kind: WorkItem["kind"]): Promise<WorkItem[]> {
    const uri = fileOf(increment, kind);
    try {
      const symbols = await this.server.request<DocumentSymbol[] | null>("textDocument/documentSymbol", { textDocument: { uri: this.server.wireUri(uri) } });
      return workItems(symbols ?? [], kind);
    } catch (error) {
      this.server.log.warn(`${uri.fsPath}: ${String(error)}`);
      return [];
    }
  }
}

export function fileOf(increment: Increment, kind: WorkItem["kind"]): vscode.Uri {
  return vscode.Uri.joinPath(vscode.Uri.parse(increment.folder), kind === "task" ? "tasks.md" : "spec.md");
}
