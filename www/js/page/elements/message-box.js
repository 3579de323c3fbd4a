/** A message where the person acted. */

import { breakable, emit, h } from '../dom.js';
import { strings } from '../strings.js';

/**
 * Shows an error until it is dismissed. Emits `dismiss`.
 */
export class MessageBox extends HTMLElement {
  /** @param {import('../errors.js').ConvscopeError | undefined} error */
  set error(error) {
    this.hidden = !error;
    this.replaceChildren();
    if (!error) return;
    const { title, advice } = strings.errors[error.code];
    const dismiss = h('button', {
      type: 'button',
      class: 'dismiss',
      'aria-label': strings.dismiss,
    });
    dismiss.append(h('span', { 'aria-hidden': 'true' }, '×'));
    dismiss.addEventListener('click', () => emit(this, 'dismiss'));
    this.append(
      h(
        'div',
        { class: 'message', role: 'alert', 'data-code': error.code },
        h('p', { class: 'message-title' }, `${title}.`),
        h('p', {}, ...breakable(sentence(error.message))),
        advice ? h('p', {}, advice) : null,
        dismiss,
      ),
    );
  }
}

/** @param {string} message */
export function sentence(message) {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

customElements.define('convscope-message', MessageBox);
