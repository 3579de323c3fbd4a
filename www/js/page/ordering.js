/** The order in which a layer's channels are shown. */

/**
 * @typedef {import('../shared/protocol.js').Peak} Peak
 * @typedef {import('../shared/protocol.js').Statistics} Statistics
 * @typedef {'index' | 'mean' | 'maximum' | 'variance' | 'sparsity' | 'similarity' | 'mark'} Order
 */

/** A channel without a finite value other than zero. */
export function isDead(/** @type {Statistics} */ { range }) {
  return !range || (range.low === 0 && range.high === 0);
}

/**
 * The channels in order, the one with most of it first, those with none of it last.
 *
 * @param {Statistics[]} statistics by channel
 * @param {Order} order
 * @param {(number | null)[]} similarities to a chosen channel, by channel; for the order `similarity` only
 * @param {Peak[]} peaks on the marked part of the picture; for the order `mark` only
 * @param {boolean} hidesDead whether dead channels are left out
 * @returns {number[]}
 */
export function orderChannels(statistics, order, similarities, peaks, hidesDead) {
  const marked = new Map(peaks.map(({ channel, value }) => [channel, value]));
  /** @type {Record<Order, (channel: number) => number | null | undefined>} */
  const keys = {
    index: (channel) => -channel,
    mean: (channel) => statistics[channel]?.mean,
    maximum: (channel) => statistics[channel]?.range?.high,
    variance: (channel) => statistics[channel]?.std,
    sparsity: (channel) => statistics[channel]?.zeros,
    similarity: (channel) => similarities[channel],
    mark: (channel) => marked.get(channel),
  };
  const key = (/** @type {number} */ channel) => keys[order](channel) ?? -Infinity;
  const channels = [...statistics.keys()];
  const shown = hidesDead
    ? channels.filter((channel) => {
        const own = statistics[channel];
        return own && !isDead(own);
      })
    : channels;
  return shown.sort((a, b) => key(b) - key(a) || a - b);
}
