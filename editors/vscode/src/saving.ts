// What may be saved after a change of ours.

import { groupBy } from "./group.ts";
import type { Applied, AppliedFile } from "./wire.ts";

/** What the editor knows of a document. */
export interface Document {
  version: number;
  isDirty: boolean;
}

export interface Decision {
  /** URIs to save now. */
  save: string[];
  /** URIs that hold the change unsaved together with something else: the user decides. */
  ask: string[];
}

/** Files of one increment are saved together or not at all: one new status on disk beside an old one is a desync. */
export function decide(applied: Applied, look: (uri: string) => Document | undefined): Decision {
  const decision: Decision = { save: [], ask: [] };
  for (const files of groupBy(applied.files, (file) => folderOf(file.uri)).values()) {
    const dirty = files.filter((file) => look(file.uri)?.isDirty);
    const blocked = dirty.some((file) => file.otherChanges || look(file.uri)?.version !== file.version);
    (blocked ? decision.ask : decision.save).push(...dirty.map(uriOf));
  }
  return decision;
}

/** For the log: what the decision was made of. */
export function seen(file: AppliedFile, document: Document | undefined): string {
  const state = document ? `version ${document.version}, ${document.isDirty ? "unsaved" : "saved"}` : "not open";
  return `${lastPart(file.uri)} as of version ${file.version}${file.otherChanges ? " with other changes" : ""} is ${state}`;
}

export function folderOf(uri: string): string {
  return uri.slice(0, uri.lastIndexOf("/"));
}

/** `spec.md and metadata.json of 0047-us-task-linkage` */
export function filesNamed(uris: readonly string[]): string {
  const folders = groupBy(uris, folderOf);
  return [...folders].map(([folder, files]) => `${files.map(lastPart).join(" and ")} of ${lastPart(folder)}`).join(", ");
}

function lastPart(uri: string): string {
  return decodeURIComponent(uri.slice(uri.lastIndexOf("/") + 1));
}

function uriOf(file: AppliedFile): string {
  return file.uri;
}
