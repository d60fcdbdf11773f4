// Which server to start. What somebody named is taken or is an error; it is never passed over in silence.

import path from "node:path";

/** Names the server for one run of the editor, before everything else. */
export const environmentVariable = "SPECWEAVE_LSP_SERVER";

export type Source = "environment" | "setting" | "bundled" | "PATH";

export type Found = { command: string; source: Source } | { problem: string; source: Source };

export interface Surroundings {
  environment: NodeJS.ProcessEnv;
  setting: string;
  /** The extension's own folder. */
  extension: string;
  /** The first workspace folder: what a relative path in the settings starts from. */
  workspace: string | undefined;
  home: string;
  platform: NodeJS.Platform;
  isExecutable: (file: string) => boolean;
}

export function findServer(around: Surroundings): Found {
  const program = around.platform === "win32" ? "specweave-lsp.exe" : "specweave-lsp";
  const named = around.environment[environmentVariable];
  if (named) {
    return around.isExecutable(named)
      ? { command: named, source: "environment" }
      : { problem: `The environment variable ${environmentVariable} names ${named}, which is no program.`, source: "environment" };
  }
  if (around.setting.trim()) {
    const command = expand(around.setting.trim(), around);
    return around.isExecutable(command)
      ? { command, source: "setting" }
      : { problem: `The setting specweave-lsp.server.path names ${command}, which is no program.`, source: "setting" };
  }
  const bundled = path.join(around.extension, "server", program);
  if (around.isExecutable(bundled)) return { command: bundled, source: "bundled" };
  const folders = (around.environment["PATH"] ?? "").split(around.platform === "win32" ? ";" : ":");
  const onPath = folders
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, program))
    .find(around.isExecutable);
  if (onPath) return { command: onPath, source: "PATH" };
  return { problem: "This build of the extension holds no server, and there is no specweave-lsp on the PATH.", source: "PATH" };
}

function expand(setting: string, around: Surroundings): string {
  if (/^~[/\\]/.test(setting)) return path.join(around.home, setting.slice(2));
  return path.resolve(around.workspace ?? around.home, setting);
}
