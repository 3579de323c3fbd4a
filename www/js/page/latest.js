/** One thing at a time, and of those that wait only the latest. */

/**
 * Runs for each value, but not before it has settled for the one before; a value that waits gives way to a newer one.
 *
 * @template T
 * @param {(value: T) => Promise<unknown>} run its failures are its own matter
 * @returns {(value: T) => void}
 */
export function latestWins(run) {
  /** @type {{ value: T } | null} */
  let waiting = null;
  let isRunning = false;
  const work = async () => {
    isRunning = true;
    while (waiting) {
      const { value } = waiting;
      waiting = null;
      await run(value).catch(() => {});
    }
    isRunning = false;
  };
  return (value) => {
    waiting = { value };
    if (!isRunning) work();
  };
}
