/** The one error type that pages see. */

/** @typedef {import('../shared/protocol.js').ErrorCode} ErrorCode */

/** What went wrong, under a stable `code`; the message says what and where. */
export class ConvscopeError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'ConvscopeError';
    /** @readonly */
    this.code = code;
  }
}

/**
 * @param {unknown} error
 * @returns {ConvscopeError}
 */
export function toConvscopeError(error) {
  return error instanceof ConvscopeError ? error : new ConvscopeError('internal', String(error));
}
