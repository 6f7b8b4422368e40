import { TestEnvironment } from 'jest-environment-node';

const DISPATCHER = Symbol.for('undici.globalDispatcher.1');

/**
 * Node.js with what Jest leaves out of its sandbox: the dispatcher of `fetch`, from which the library derives the guard
 * of its outbound requests.
 */
export default class extends TestEnvironment {
  async setup() {
    await super.setup();
    // It is there after the first use of fetch.
    await fetch('data:,').then((response) => response.text());
    this.global[DISPATCHER] = globalThis[DISPATCHER];
  }
}
