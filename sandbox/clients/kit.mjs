// What the conversations share: a browser's globals, waiting with a deadline, and steps that say what failed.
import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import WebSocket from 'ws';

// Both clients are made for browsers, which have these.
globalThis.WebSocket ??= WebSocket;
globalThis.File ??= File;

export const site = process.env.SITE;
export const profile = process.env.PROFILE;
export const agentName = process.env.AGENT;
export const colleagueName = process.env.COLLEAGUE;
export const password = process.env.PASSWORD;
export { assert };

export const digest = createHash('sha256').update(password).digest('hex');
export const id = () => randomBytes(9).toString('hex').slice(0, 17);

// REST has the agent's desk from 6.0 on, DDP before.
export const deskOverREST = profile !== '3.4';

let current = 'start';

export const step = async (name, run) => {
  current = name;
  const result = await run();
  console.log(`ok ${name}`);
  return result;
};

// A Feed keeps what a stream brought, so that a step can wait for it whenever it came.
export class Feed {
  items = [];
  #waiting = new Set();
  push = (...args) => {
    this.items.push(args);
    for (const check of [...this.#waiting]) check();
  };
  wait(fits) {
    const found = () => this.items.find((args) => fits(...args));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(new Error(`nothing came that fits; seen: ${JSON.stringify(this.items).slice(0, 2000)}`));
      }, 10_000);
      const check = () => {
        const args = found();
        if (!args) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(args);
      };
      this.#waiting.add(check);
      check();
    });
  }
}

export const run = (conversation) =>
  conversation().then(
    () => process.exit(0),
    async (error) => {
      const body = error instanceof Response ? `${error.status} ${await error.text()}` : (error?.stack ?? JSON.stringify(error));
      console.error(`failed at "${current}": ${body}`);
      process.exit(1);
    },
  );
