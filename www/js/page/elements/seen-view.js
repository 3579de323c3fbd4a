/** What a cell sees of the picture, cut out. */

import { h, svg } from '../dom.js';
import { strings } from '../strings.js';

/** @typedef {import('../../shared/protocol.js').ReceptiveField} ReceptiveField */

export class SeenView extends HTMLElement {
  /**
   * @param {ReceptiveField | null} field
   * @param {{ url: string, width: number, height: number } | null} picture
   */
  show(field, picture) {
    this.hidden = field === null;
    if (!field) return;
    const part = field.picture;
    const crop =
      part &&
      picture &&
      svg(
        'svg',
        {
          class: 'seen-crop',
          viewBox: `${part.left} ${part.top} ${part.right - part.left} ${part.bottom - part.top}`,
          role: 'img',
          'aria-label': strings.seen,
        },
        svg('image', {
          href: picture.url,
          crossorigin: 'anonymous',
          width: picture.width,
          height: picture.height,
        }),
      );
    this.replaceChildren(
      h('h2', { class: 'panel-title' }, strings.seen),
      ...(crop ? [h('div', { class: 'mat' }, crop)] : []),
      h('p', { class: 'caption' }, strings.seenPlace(field)),
    );
  }
}

customElements.define('convscope-seen', SeenView);
