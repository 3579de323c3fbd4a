/** Errors as the worker's replies carry them. */

/** @typedef {import('../shared/protocol.js').ErrorCode} ErrorCode */

/** An error with a code that the page knows. */
export class Failure extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * An error as plain data. The engine's errors have a code, like ours.
 *
 * @param {unknown} error
 * @returns {import('../shared/protocol.js').Failure}
 */
export function plainFailure(error) {
  if (!(error instanceof Error)) return { code: 'internal', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'internal';
  return { code: /** @type {ErrorCode} */ (code), message: error.message };
}

/**
 * What is told of an engine that stopped in the middle of a call.
 *
 * @param {unknown} error with a code if it was not the engine's
 * @param {string | undefined} panic the engine's last words
 * @returns {import('../shared/protocol.js').Failure}
 */
export function crashFailure(error, panic) {
  if (error instanceof Error && 'code' in error) return plainFailure(error);
  const reason = panic ?? plainFailure(error).message;
  return { code: 'engine-crashed', message: `the engine stopped: ${reason}` };
}

/**
 * Whether the engine stopped in the middle of a call, after which its memory cannot be trusted.
 *
 * @param {unknown} error
 */
export function isTrap(error) {
  return error instanceof WebAssembly.RuntimeError;
}
