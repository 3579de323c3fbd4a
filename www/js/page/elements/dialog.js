/** The frame of every dialog. */

import { h } from '../dom.js';
import { strings } from '../strings.js';

/**
 * A modal dialog, closed by its button, the escape key, or a click beside it.
 *
 * @param {string} id of its title
 * @param {string} title
 * @param {import('../dom.js').Children} content
 */
export function newDialog(id, title, ...content) {
  const close = h('button', { type: 'button', class: 'dismiss', 'aria-label': strings.close });
  close.append(h('span', { 'aria-hidden': 'true' }, '×'));
  const body = h('div', { class: 'dialog-body' }, h('h2', { id }, title), close, ...content);
  const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': id }, body);
  close.addEventListener('click', () => dialog.close());
  // What is clicked beside the body is the dialog.
  dialog.addEventListener('click', ({ target }) => {
    if (target === dialog) dialog.close();
  });
  return dialog;
}
