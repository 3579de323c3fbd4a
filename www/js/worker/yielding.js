/** Letting the worker take its messages between two pieces of work. */

const { port1, port2 } = new MessageChannel();
/** @type {(() => void)[]} */
const waiting = [];
port1.onmessage = () => waiting.shift()?.();

/**
 * Resolves in a task of its own, after messages that have arrived. A timer would do so after
 * 4 ms or more.
 *
 * @returns {Promise<void>}
 */
export function yieldToMessages() {
  return new Promise((resolve) => {
    waiting.push(resolve);
    port2.postMessage(null);
  });
}
