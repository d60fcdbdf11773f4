import assert from "node:assert/strict";
import { test } from "node:test";

import { LastingCommands } from "../../src/lasting.ts";

function commands() {
  const registered = new Map<string, () => unknown>();
  const done: unknown[] = [];
  const lasting = new LastingCommands(
    (id, run) => {
      registered.set(id, run);
      return { dispose: () => registered.delete(id) };
    },
    (command) => done.push(command),
  );
  return { lasting, registered, done };
}

const verify = (offer: number) => ({ title: "Close", command: "specweave-lsp.verify", arguments: [{ increment: `file:///p/${offer}/spec.md` }] });

test("a command that lasts has no arguments, and does the same", () => {
  const { lasting, registered, done } = commands();
  const first = lasting.lasting(verify(1));
  const second = lasting.lasting(verify(2));
  assert.deepEqual([first.title, first.arguments], ["Close", undefined]);
  registered.get(second.command)?.();
  registered.get(first.command)?.();
  assert.deepEqual(done, [verify(2), verify(1)]);
});

test("one without arguments is left as it is", () => {
  const { lasting, registered } = commands();
  const plain = { title: "Report", command: "specweave-lsp.report" };
  assert.equal(lasting.lasting(plain), plain);
  assert.equal(registered.size, 0);
});

test("the oldest are forgotten, and all of them in the end", () => {
  const { lasting, registered } = commands();
  const all = Array.from({ length: 100 }, (_, offer) => lasting.lasting(verify(offer)).command);
  assert.deepEqual([...registered.keys()], all.slice(-64));
  lasting.dispose();
  assert.equal(registered.size, 0);
});
