/** Files and addresses that come by drag and drop or from the clipboard. */

/**
 * Watches for drops on an element.
 *
 * @param {HTMLElement} target
 * @param {object} handlers
 * @param {(isOver: boolean) => void} handlers.onHover
 * @param {(files: File[]) => void} handlers.onFiles
 * @param {(url: string) => void} handlers.onUrl
 * @param {AbortSignal} signal ends it
 */
export function watchDrops(target, { onHover, onFiles, onUrl }, signal) {
  // Leaving for a child of the target enters the child first.
  let depth = 0;
  /** @param {number} newDepth */
  const setDepth = (newDepth) => {
    depth = Math.max(0, newDepth);
    onHover(depth > 0);
  };
  /** @param {(event: DragEvent) => void} handle */
  const ifWelcome = (handle) => (/** @type {DragEvent} */ event) => {
    const types = event.dataTransfer?.types ?? [];
    if (!types.includes('Files') && !types.includes('text/uri-list')) return;
    event.preventDefault();
    handle(event);
  };
  const options = { signal };
  target.addEventListener(
    'dragenter',
    ifWelcome(() => setDepth(depth + 1)),
    options,
  );
  target.addEventListener(
    'dragleave',
    ifWelcome(() => setDepth(depth - 1)),
    options,
  );
  target.addEventListener(
    'dragover',
    ifWelcome(({ dataTransfer }) => {
      if (dataTransfer) dataTransfer.dropEffect = 'copy';
    }),
    options,
  );
  target.addEventListener(
    'drop',
    ifWelcome(({ dataTransfer }) => {
      setDepth(0);
      const files = [...(dataTransfer?.files ?? [])];
      const url = dataTransfer?.getData('URL');
      if (files.length > 0) onFiles(files);
      else if (url) onUrl(url);
    }),
    options,
  );
}

/** Elements that take what is pasted. @type {Map<HTMLElement, (files: File[]) => void>} */
const pasteTargets = new Map();

/**
 * Watches for pasted files. An element gets those pasted while it has the focus, and the first one in view those pasted
 * while nothing has it.
 *
 * @param {HTMLElement} target
 * @param {(files: File[]) => void} onFiles
 * @param {AbortSignal} signal ends it
 */
export function watchPastes(target, onFiles, signal) {
  if (pasteTargets.size === 0) document.addEventListener('paste', onPaste);
  pasteTargets.set(target, onFiles);
  signal.addEventListener('abort', () => {
    pasteTargets.delete(target);
    if (pasteTargets.size === 0) document.removeEventListener('paste', onPaste);
  });
}

/** @param {ClipboardEvent} event */
function onPaste(event) {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length === 0) return;
  const focused = document.activeElement;
  const targets = [...pasteTargets.keys()];
  const target =
    !focused || focused === document.body
      ? targets.find(isInView)
      : targets.find((candidate) => candidate.contains(focused));
  if (!target) return;
  event.preventDefault();
  pasteTargets.get(target)?.(files);
}

/** @param {Element} element */
function isInView(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}
