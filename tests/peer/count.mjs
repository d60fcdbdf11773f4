// SpecWeave's own counter of tasks: a text of tasks.md as JSON a line in, its tasks a line out. The first argument is the
// folder whose node_modules holds SpecWeave.
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const counter = join(process.argv[2], 'node_modules/specweave/dist/src/core/status-line/task-counter.js');
const { TaskCounter } = await import(pathToFileURL(counter).href);

for await (const line of createInterface({ input: process.stdin })) {
  const tasks = TaskCounter.parseTasks(JSON.parse(line)).map(({ id, completed }) => ({ id, done: completed }));
  process.stdout.write(`${JSON.stringify(tasks)}\n`);
}
