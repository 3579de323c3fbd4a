/** A graph drawn beside a list of its nodes: what each node computes runs down a lane to those that read it. */

/**
 * @typedef {object} LaneRow what there is to draw beside a row; lanes are counted from 0
 * @property {number} lane the node's
 * @property {number[]} into lanes that come from above and end, or fork, in the node
 * @property {number[]} past lanes that pass by from above
 * @property {boolean} isRead whether the node's lane goes on below
 */

/**
 * @param {Iterable<number>[]} sources by row: the rows before it that it reads from
 * @returns {LaneRow[]}
 */
export function layLanes(sources) {
  /** @type {Map<number, number>} */
  const lastReaders = new Map();
  for (const [row, from] of sources.entries()) {
    for (const source of from) lastReaders.set(source, row);
  }
  /** The row whose values run in each lane. @type {(number | null)[]} */
  const lanes = [];
  return sources.map((from, row) => {
    const into = [...from].map((source) => lanes.indexOf(source)).sort((a, b) => a - b);
    const ending = into.filter((lane) => lastReaders.get(lanes[lane] ?? -1) === row);
    for (const lane of ending) lanes[lane] = null;
    const past = lanes.flatMap((occupant, lane) => (occupant === null ? [] : [lane]));
    const free = lanes.indexOf(null);
    const lane = ending[0] ?? (free >= 0 ? free : lanes.length);
    const isRead = lastReaders.has(row);
    lanes[lane] = isRead ? row : null;
    while (lanes.at(-1) === null) lanes.pop();
    return { lane, into, past, isRead };
  });
}
