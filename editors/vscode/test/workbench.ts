// Drives a real VS Code workbench (code-server, in headless Chromium): what a user does with keys and mouse.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { chromium, type BrowserContext, type Locator, type Page } from "playwright-core";

import { CodeServer, type Options } from "./code_server.ts";
import { until } from "./until.ts";

export class Workbench {
  readonly code: CodeServer;
  private context: BrowserContext | undefined;
  private opened: Page | undefined;
  /** Quick inputs that had to be opened again: a measure of how steady the driver is. */
  retries = 0;

  private constructor(options: Options) {
    this.code = new CodeServer(options);
  }

  static async start(options: Options): Promise<Workbench> {
    const workbench = new Workbench(options);
    try {
      await workbench.boot(options);
      return workbench;
    } catch (error) {
      await workbench.close();
      throw error;
    }
  }

  /** What is opened in the editor. */
  get folder(): string {
    return this.code.folder;
  }

  get page(): Page {
    assert.ok(this.opened, "the workbench has started");
    return this.opened;
  }

  private async boot(options: Options): Promise<void> {
    const address = await this.code.start(options);
    this.context = await chromium.launchPersistentContext(this.code.make("chromium"), {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      headless: true,
      viewport: { width: 1280, height: 760 },
      deviceScaleFactor: shots ? 2 : 1,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
    await this.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    this.opened = this.context.pages()[0] ?? (await this.context.newPage());
    this.opened.on("dialog", (dialog) => { dialog.accept().catch(() => undefined); });
    await this.opened.goto(address, { waitUntil: "domcontentloaded" });
    await this.opened.locator(".monaco-workbench").waitFor({ timeout: 60_000 });
    await this.opened.locator(".statusbar-item").first().waitFor({ timeout: 60_000 });
  }

  // The status bar

  get statusItem(): Locator {
    return this.page.locator('[id="specweave-lsp.specweave-lsp.increments"]');
  }

  /** Waits until the item says that; gives its text and background colour. */
  async statusBar(expected: RegExp, limit?: number): Promise<{ text: string; background: string }> {
    return until(`a status bar that says ${expected}`, async () => {
      const text = (await this.statusItem.textContent({ timeout: 1000 })) ?? "";
      if (!expected.test(text)) throw new Error(text);
      const background = await this.statusItem.evaluate((item) => getComputedStyle(item).backgroundColor);
      return { text, background };
    }, limit);
  }

  // Keys

  private get input(): Locator {
    return this.page.locator('.quick-input-widget:not([style*="display: none"]) input[type="text"]').first();
  }

  /** Rows of the open quick pick. */
  get rows(): Locator {
    return this.page.locator(".quick-input-list .monaco-list-row");
  }

  /** Opens a quick input, types, waits until the wanted row has the focus (the list filters while one types), and presses
   * Enter. Again and again: while the workbench still settles it takes the focus, which closes quick inputs. */
  private async quick(key: string, text: string, row: string, reached: () => Promise<unknown>): Promise<void> {
    let last: unknown;
    for (let attempt = 0; attempt < 6; attempt++) {
      try {
        await this.page.keyboard.press(key);
        await this.input.waitFor({ timeout: 3000 });
        await this.input.fill(text, { timeout: 2000 });
        if (row) await this.page.locator(".quick-input-list .monaco-list-row.focused").filter({ hasText: row }).first().waitFor({ timeout: 4000 });
        await this.page.keyboard.press("Enter");
        await reached();
        return;
      } catch (error) {
        last = error;
        this.retries++;
        await this.page.keyboard.press("Escape");
      }
    }
    throw last instanceof Error ? last : new Error(String(last));
  }

  private async closed(): Promise<void> {
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden", timeout: 4000 });
  }

  /** Runs a command of the palette that asks nothing. */
  async command(title: string): Promise<void> {
    await this.quick("F1", `>${title}`, title, () => this.closed());
  }

  /** Runs a command that shows a list; `expected` is a row of it. The list stays open. */
  async commandWithList(title: string, expected: string): Promise<void> {
    await this.quick("F1", `>${title}`, title, () => this.rows.filter({ hasText: expected }).first().waitFor({ timeout: 5000 }));
  }

  async pickRow(text: string): Promise<void> {
    await this.rows.filter({ hasText: text }).first().click();
  }

  /** Answers an input box, known by what stands in it while it is empty. Keys that come before it is there are lost. */
  async answer(placeholder: string, text: string): Promise<void> {
    const box = this.page.locator(".quick-input-widget").getByPlaceholder(placeholder);
    await box.fill(text);
    await box.press("Enter");
  }

  /** Opens a file by enough of its path to be the first hit. */
  async open(increment: string, file: string): Promise<void> {
    const active = this.page.locator(`.tab.active[data-resource-name="${file}"]`).filter({ hasText: file });
    await this.quick("Control+p", `${increment}/${file}`, file, () => active.first().waitFor({ timeout: 5000 }));
    await this.focusEditor();
  }

  async focusEditor(): Promise<void> {
    await this.page.keyboard.press("Control+1");
    await this.page.locator(".editor-instance .monaco-editor.focused").first().waitFor({ timeout: 5000 });
  }

  /** At the cursor, with these words in it. */
  async showHover(words: string): Promise<Locator> {
    await this.page.keyboard.press("Control+k");
    await this.page.keyboard.press("Control+i");
    const hover = this.page.locator(".monaco-hover").filter({ hasText: words }).first();
    await hover.waitFor({ timeout: 10_000 });
    return hover;
  }

  async goto(line: number, column = 1): Promise<void> {
    await this.quick("Control+g", `:${line}:${column}`, "", () => this.page.locator(".editor-instance .monaco-editor.focused").first().waitFor({ timeout: 4000 }));
  }

  /** Our row in the list of extensions. While the workbench settles, another view may take the list's place. */
  async installedExtension(): Promise<Locator> {
    const row = this.page.locator(".extension-list-item").filter({ hasText: "SpecWeave Increments" }).first();
    await until("the extension in the list", async () => {
      await this.command("Extensions: Show Installed Extensions");
      return row.waitFor({ timeout: 8000 }).then(() => true, () => false);
    });
    return row;
  }

  // What the editor shows

  async text(): Promise<string> {
    const shown = await this.page.locator(".editor-instance .view-lines").first().innerText();
    return shown.replaceAll("\u00a0", " ");
  }

  squiggle(kind: "error" | "warning" | "info" = "error"): Locator {
    return this.page.locator(`.editor-instance .squiggly-${kind}`);
  }

  /** The text under the first squiggle, from where it is drawn and how wide a character is. */
  async underlined(kind: "error" | "info" = "error"): Promise<string> {
    return this.page.evaluate((kind) => {
      const squiggle = document.querySelector(`.editor-instance .squiggly-${kind}`)?.getBoundingClientRect();
      if (!squiggle) return "";
      const lines = [...document.querySelectorAll(".editor-instance .view-line")];
      const line = lines.find((candidate) => Math.abs(candidate.getBoundingClientRect().top - squiggle.top) < 4);
      if (!line) return "";
      let text = "";
      const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
      for (let part = walker.nextNode(); part; part = walker.nextNode()) {
        const content = part.textContent ?? "";
        for (let at = 0; at < content.length; at++) {
          const range = document.createRange();
          range.setStart(part, at);
          range.setEnd(part, at + 1);
          const box = range.getBoundingClientRect();
          const middle = (box.left + box.right) / 2;
          if (middle > squiggle.left && middle < squiggle.right) text += content[at] ?? "";
        }
      }
      return text;
    }, kind);
  }

  /** The tabs: name, and whether unsaved. */
  async tabs(): Promise<Record<string, boolean>> {
    const tabs = await this.page.$$eval(".tabs-container .tab", (elements) =>
      elements.map((tab) => [tab.getAttribute("data-resource-name") ?? "", tab.classList.contains("dirty")] as const),
    );
    return Object.fromEntries(tabs);
  }

  /** Waits for a notification with that in it. */
  async notification(expected: RegExp): Promise<Locator> {
    const found = this.page.locator(".notification-list-item").filter({ hasText: expected }).first();
    await found.waitFor({ timeout: 15_000 });
    return found;
  }

  // Code actions

  /** Opens a menu of code actions; while the workbench settles, requests are cancelled and the menu stays away. */
  async actions(key = "Control+."): Promise<string[]> {
    const row = this.page.locator(".action-widget .monaco-list-row.action").first();
    await until("a menu of code actions", async () => {
      await this.page.keyboard.press(key);
      const there = await row.waitFor({ timeout: 2500 }).then(() => true, () => false);
      if (!there) {
        await this.page.keyboard.press("Escape");
        await this.focusEditor();
      }
      return there;
    }, 30_000);
    const rows = this.page.locator(".action-widget .monaco-list-row.action");
    return rows.evaluateAll((elements) => elements.map((element) => `${element.getAttribute("aria-label") ?? ""}${element.textContent}`));
  }

  async choose(title: string): Promise<void> {
    const focused = this.page.locator(".action-widget .monaco-list-row.action.focused").first();
    await until(`the action ${title}`, async () => {
      if ((await focused.textContent({ timeout: 3000 }))?.trim().startsWith(title)) return true;
      await this.page.keyboard.press("ArrowDown");
      return false;
    });
    await this.page.keyboard.press("Enter");
    await this.page.locator(".action-widget").first().waitFor({ state: "hidden", timeout: 5000 });
  }

  /** Takes a picture for the docs, if pictures are asked for: of one element, or of a part of the window. */
  async shot(name: string, of?: Locator | { x: number; y: number; width: number; height: number }): Promise<void> {
    if (!shots) return;
    const file = path.join(shots, `${name}.png`);
    // What still fades in is to be all there.
    const how = { path: file, animations: "disabled" } as const;
    if (of && "x" in of) await this.page.screenshot({ ...how, clip: of });
    else if (of) await of.screenshot(how);
    else await this.page.screenshot(how);
    const { status, stderr } = spawnSync("pngquant", ["--force", "--strip", "--speed", "1", "--output", file, "64", file], { encoding: "utf8" });
    assert.equal(status, 0, `pngquant: ${stderr}`);
  }

  /** After a failure: what there was to see. */
  async evidence(name: string): Promise<void> {
    const folder = path.resolve(import.meta.dirname, "../dist/failed");
    fs.mkdirSync(folder, { recursive: true });
    const shoot = (file: string) => this.opened?.screenshot({ path: path.join(folder, file) }).catch(() => undefined);
    await shoot(`${name}.png`);
    this.code.keepLogs(path.join(folder, name));
    // Those that were shown and have gone again.
    await this.command("Notifications: Show Notifications").catch(() => undefined);
    await shoot(`${name}-notifications.png`);
  }

  async close(): Promise<void> {
    await this.context?.close().catch(() => undefined);
    await this.code.close();
  }
}

/** Where pictures go, if any are wanted. */
const shots = process.env["SPECWEAVE_SCREENSHOTS"];
