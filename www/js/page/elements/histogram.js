/** How often a channel has which values. */

import { h, svg } from '../dom.js';
import { strings } from '../strings.js';

/** @typedef {import('../../shared/protocol.js').Histogram} Counts */

const HEIGHT = 40;

export class HistogramView extends HTMLElement {
  /** @param {Counts} histogram */
  set histogram({ range, counts }) {
    this.hidden = range === null;
    if (!range) return;
    const most = Math.max(...counts);
    const bars = counts.map((count, index) => {
      // Few are seen beside many.
      const height = count === 0 ? 0 : Math.max((HEIGHT * count) / most, 1);
      return svg('rect', { x: index, y: HEIGHT - height, width: 1, height });
    });
    const label = strings.histogramLabel(counts.length, range);
    this.replaceChildren(
      svg(
        'svg',
        {
          class: 'histogram',
          viewBox: `0 0 ${counts.length} ${HEIGHT}`,
          preserveAspectRatio: 'none',
          role: 'img',
          'aria-label': label,
        },
        ...bars,
      ),
      h(
        'p',
        { class: 'histogram-ends' },
        h('span', {}, strings.value(range.low)),
        h('span', {}, strings.value(range.high)),
      ),
    );
  }
}

customElements.define('convscope-histogram', HistogramView);
