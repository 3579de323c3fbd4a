/** How the page learns of the worker's end. */

/**
 * Takes a lock for as long as the worker lives, and tells its name: whoever gets the lock next knows that the worker has
 * ended. Where there are no locks, outside of secure contexts, nothing is told; nor in a page from a disk, with which its
 * worker shares no locks.
 *
 * @param {(event: import('../shared/protocol.js').Event) => void} post
 */
export function holdLifeline(post) {
  if (!navigator.locks || self.origin === 'null') return;
  const lock = `convscope-${crypto.randomUUID()}`;
  const held = navigator.locks.request(lock, () => {
    post({ event: 'alive', detail: { lock } });
    return new Promise(() => {});
  });
  // Sandboxed pages have no locks either.
  held.catch(() => {});
}
