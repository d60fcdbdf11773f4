// Which server to start. What somebody named is taken or is an error; it is never passed over in silence.

import { t } from "./texts.ts";
import path from "node:path";

/** Names the server for one run of the editor, before everything else. */
export const environmentVariable = "SPECWEAVE_LSP_SERVER";

export type Source = "environment" | "setting" | "project" | "bundled" | "PATH";

export type Found = { command: string; source: Source } | { problem: string; source: Source };

export interface Surroundings {
  environment: NodeJS.ProcessEnv;
  setting: string;
  /** The extension's own folder. */
  extension: string;
  /** The first workspace folder: what a relative path in the settings starts from. */
  workspace: string | undefined;
  /** Whether what the workspace brings along may be run. */
  trusted: boolean;
  home: string;
  platform: NodeJS.Platform;
  /** The processor, in Node.js's words. */
  arch: string;
  isExecutable: (file: string) => boolean;
}

export function findServer(around: Surroundings): Found {
  const program = around.platform === "win32" ? "specweave-lsp.exe" : "specweave-lsp";
  const named = around.environment[environmentVariable];
  if (named) {
    return around.isExecutable(named)
      ? { command: named, source: "environment" }
      : { problem: t("The environment variable {0} names {1}, which is no program.", environmentVariable, named), source: "environment" };
  }
  if (around.setting.trim()) {
    const command = expand(around.setting.trim(), around);
    return around.isExecutable(command)
      ? { command, source: "setting" }
      : { problem: t("The setting specweave-lsp.server.path names {0}, which is no program.", command), source: "setting" };
  }
  const own = inProject(around, program);
  if (own) return { command: own, source: "project" };
  const bundled = path.join(around.extension, "server", program);
  if (around.isExecutable(bundled)) return { command: bundled, source: "bundled" };
  const folders = (around.environment["PATH"] ?? "").split(around.platform === "win32" ? ";" : ":");
  const onPath = folders
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, program))
    .find(around.isExecutable);
  if (onPath) return { command: onPath, source: "PATH" };
  return { problem: t("This build of the extension holds no server, and there is no specweave-lsp on the PATH."), source: "PATH" };
}

/**
 * The version that a project has installed with npm is the one its hooks and its CI run. The native program is taken, not npm's
 * launcher: there may be no Node.js on the PATH of an editor.
 */
function inProject(around: Surroundings, program: string): string | undefined {
  if (!around.trusted || around.workspace === undefined) return undefined;
  const modules = path.join(around.workspace, "node_modules");
  const platform = `specweave-lsp-${around.platform}-${around.arch}`;
  const packages = around.platform === "linux" ? [platform, `${platform}-musl`] : [platform];
  return (
    packages
      // Beside the main package with npm and Yarn; with pnpm among its own.
      .flatMap((name) => [path.join(modules, name, program), path.join(modules, "specweave-lsp/node_modules", name, program), path.join(modules, ".pnpm/node_modules", name, program)])
      .find(around.isExecutable)
  );
}

function expand(setting: string, around: Surroundings): string {
  if (/^~[/\\]/.test(setting)) return path.join(around.home, setting.slice(2));
  return path.resolve(around.workspace ?? around.home, setting);
}
