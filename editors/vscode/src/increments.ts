// What is known of the project's increments: asked for when somebody looks, after the server said that it changed.

import * as vscode from "vscode";

import { allPages } from "./listing.ts";
import type { Server } from "./server.ts";
import type { Increment, IncrementsPage, Status, StatusWords } from "./wire.ts";

export class Increments implements vscode.Disposable {
  status: Status | undefined;
  /** The words for each status; known with the list. */
  words: readonly StatusWords[] = [];
  private known: Promise<Increment[]> | undefined;
  private readonly listChanged = new vscode.EventEmitter<void>();
  readonly onDidChangeList = this.listChanged.event;
  private readonly statusChanged = new vscode.EventEmitter<void>();
  readonly onDidChangeStatus = this.statusChanged.event;
  private readonly server: Server;
  private readonly subscriptions: vscode.Disposable[];

  constructor(server: Server) {
    this.server = server;
    this.subscriptions = [
      server.onWillStart((client) => {
        client.onNotification("specweave/status", (status: Status) => { this.take(status); });
        client.onNotification("specweave/incrementsChanged", () => { this.forget(); });
      }),
      server.onDidChange(() => {
        if (server.state !== "running") this.status = undefined;
        this.forget();
        this.statusChanged.fire();
        if (server.state === "running") void this.askForStatus();
      }),
    ];
  }

  /** All increments; empty while no server runs. */
  async list(): Promise<Increment[]> {
    if (this.server.state !== "running") return [];
    const page = async (from: number) => {
      const page = await this.server.request<IncrementsPage>("specweave/increments", { from });
      this.words = page.statuses;
      return page;
    };
    this.known ??= allPages(page).catch((error: unknown) => {
      this.known = undefined;
      this.server.log.warn(`The increments could not be listed: ${String(error)}`);
      return [];
    });
    return await this.known;
  }

  /** The increment whose folder this is, or in whose folder this lies. */
  async at(uri: vscode.Uri): Promise<Increment | undefined> {
    const inside = (increment: Increment) => {
      // As text both have their drive in lower case.
      const folder = vscode.Uri.parse(increment.folder).toString().replace(/\/$/, "");
      return uri.toString() === folder || uri.toString().startsWith(`${folder}/`);
    };
    return (await this.list()).find(inside);
  }

  /** The first status may come before anybody listens; afterwards the server tells by itself. */
  private async askForStatus(): Promise<void> {
    try {
      this.take(await this.server.request<Status>("specweave/status", {}));
    } catch (error) {
      this.server.log.warn(`The status could not be asked for: ${String(error)}`);
    }
  }

  private take(status: Status): void {
    this.status = status;
    const desynced = status.projects.some((project) => project.counts.desyncs > 0);
    void vscode.commands.executeCommand("setContext", "specweave-lsp.project", status.projects.length > 0);
    void vscode.commands.executeCommand("setContext", "specweave-lsp.desynced", desynced);
    this.statusChanged.fire();
  }

  private forget(): void {
    this.known = undefined;
    this.listChanged.fire();
  }

  dispose(): void {
    this.listChanged.dispose();
    this.statusChanged.dispose();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }
}
