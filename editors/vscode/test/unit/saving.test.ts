import assert from "node:assert/strict";
import { test } from "node:test";

import { decide, filesNamed, type Document } from "../../src/saving.ts";
import type { AppliedFile } from "../../src/wire.ts";

const spec = "file:///p/.specweave/increments/0001-a/spec.md";
const metadata = "file:///p/.specweave/increments/0001-a/metadata.json";
const other = "file:///p/.specweave/increments/0002-b/spec.md";

function file(uri: string, version: number | null = 2, otherChanges = false): AppliedFile {
  return { uri, version, otherChanges };
}

function decided(files: AppliedFile[], documents: Record<string, Document>) {
  return decide({ title: "", files }, (uri) => documents[uri]);
}

const changed = { version: 2, isDirty: true };

test("exactly the documents that hold the change are saved", () => {
  assert.deepEqual(decided([file(spec), file(metadata)], { [spec]: changed, [metadata]: changed, [other]: changed }), { save: [spec, metadata], ask: [] });
});

test("what is saved already, or not open, is left alone", () => {
  assert.deepEqual(decided([file(spec), file(metadata, null)], { [spec]: { version: 2, isDirty: false } }), { save: [], ask: [] });
});

test("a document with other changes is asked about, and its fellow waits for it", () => {
  const documents = { [spec]: changed, [metadata]: changed, [other]: changed };
  assert.deepEqual(decided([file(spec, 2, true), file(metadata), file(other)], documents), { save: [other], ask: [spec, metadata] });
});

test("a document that was typed into since is asked about", () => {
  assert.deepEqual(decided([file(spec)], { [spec]: { version: 3, isDirty: true } }), { save: [], ask: [spec] });
  assert.deepEqual(decided([file(spec, null)], { [spec]: { version: 1, isDirty: true } }), { save: [], ask: [spec] });
});

test("files are named with their increment", () => {
  assert.equal(filesNamed([spec, metadata, other]), "spec.md and metadata.json of 0001-a, spec.md of 0002-b");
});
