// Commands that outlive the list of code actions they came in.
//
// VS Code keeps the arguments of a command as long as the list. The edit of an action changes our findings, which has
// VS Code ask for a new list; when it comes to the command then, "Actual command not found" (microsoft/vscode#331834)
// is all that happens, and the change stays unsaved. A command without arguments needs nothing that could be forgotten.

import type { Command } from "vscode";

/** Those of several lists: the menu may show one while others are asked for. */
const kept = 64;

export class LastingCommands {
  private readonly known = new Map<string, { dispose(): unknown }>();
  private readonly register: (id: string, run: () => unknown) => { dispose(): unknown };
  private readonly execute: (command: Command) => unknown;
  private last = 0;

  constructor(register: (id: string, run: () => unknown) => { dispose(): unknown }, execute: (command: Command) => unknown) {
    this.register = register;
    this.execute = execute;
  }

  /** One that does the same, and takes no arguments. */
  lasting(command: Command): Command {
    if (!command.arguments?.length) return command;
    // Not among the commands a key can be bound to.
    const id = `_specweave-lsp.chosen.${++this.last}`;
    this.known.set(id, this.register(id, () => this.execute(command)));
    const [oldest] = this.known.keys();
    if (this.known.size > kept && oldest) this.forget(oldest);
    return { title: command.title, command: id };
  }

  dispose(): void {
    for (const id of [...this.known.keys()]) this.forget(id);
  }

  private forget(id: string): void {
    this.known.get(id)?.dispose();
    this.known.delete(id);
  }
}
