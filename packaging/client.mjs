// A client of the language server, for the training of a build and for the tests of the packages.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { pathToFileURL } from "node:url";

export class Client {
  #child;
  #id = 0;
  #buffer = Buffer.alloc(0);
  #waiting = [];
  #arrived = [];

  constructor(command, args, options) {
    this.#child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdout.on("data", (data) => this.#read(data));
    // It may be gone before it has read what was sent last.
    this.#child.stdin.on("error", () => {});
    this.ended = once(this.#child, "exit").then(([code, signal]) => ({ code, signal }));
    this.closed = once(this.#child, "close");
    // Who waits for a message is told; nobody else has to.
    this.ended.catch(() => {});
    this.closed.catch(() => {});
  }

  get pid() {
    return this.#child.pid;
  }

  kill() {
    this.#child.kill();
  }

  async initialize(root, capabilities = {}) {
    const rootUri = pathToFileURL(root).href;
    const { result } = await this.request("initialize", { processId: process.pid, rootUri, workspaceFolders: [{ uri: rootUri, name: "root" }], capabilities });
    this.notify("initialized", {});
    return result;
  }

  request(method, params) {
    const id = (this.#id += 1);
    this.#send({ id, method, params });
    return this.#take((message) => message.id === id && message.method === undefined);
  }

  notify(method, params) {
    this.#send({ method, params });
  }

  next(method) {
    return this.#take((message) => message.method === method);
  }

  #send(message) {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #take(fits) {
    const at = this.#arrived.findIndex(fits);
    if (at >= 0) return Promise.resolve(this.#arrived.splice(at, 1)[0]);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ fits, resolve });
      this.ended.then((end) => reject(new Error(`the server ended: ${JSON.stringify(end)}`)), reject);
    });
  }

  #read(data) {
    this.#buffer = Buffer.concat([this.#buffer, data]);
    for (;;) {
      const header = /^Content-Length: (\d+)\r\n(?:.*\r\n)*?\r\n/i.exec(this.#buffer.toString("latin1"));
      if (header === null) return;
      const end = header[0].length + Number(header[1]);
      if (this.#buffer.length < end) return;
      const message = JSON.parse(this.#buffer.subarray(header[0].length, end).toString("utf8"));
      this.#buffer = this.#buffer.subarray(end);
      const waiting = this.#waiting.findIndex(({ fits }) => fits(message));
      if (waiting < 0) this.#arrived.push(message);
      else this.#waiting.splice(waiting, 1)[0].resolve(message);
    }
  }
}
