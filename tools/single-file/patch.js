/**
 * The engine for relaxed SIMD as what is changed of the plain one, so that a file has both in the room of one: a list of
 * changes, each of three numbers of 32 bits, the bytes that stay, that go and that come, and then those that come.
 */

const NUMBER = Uint32Array.BYTES_PER_ELEMENT;
const HEAD = 3 * NUMBER;
/** As many bytes alike are taken for the end of a change. */
const ALIKE = 6;
/** Most bytes that a change takes away and brings. */
const LONGEST = 1 << 10;

/**
 * @param {Uint8Array} from
 * @param {Uint8Array} to
 * @returns {Uint8Array<ArrayBuffer>} a patch
 * @throws {Error} if a change is too long
 */
export function difference(from, to) {
  const patch = [];
  for (let [start, place, target] = [0, 0, 0]; place < from.length || target < to.length;) {
    if (place < from.length && from[place] === to[target]) {
      place++;
      target++;
      continue;
    }
    const [gone, come] = change(from.subarray(place), to.subarray(target));
    const head = Uint32Array.of(place - start, gone, come);
    patch.push(...new Uint8Array(head.buffer), ...to.subarray(target, target + come));
    place += gone;
    target += come;
    start = place;
  }
  return Uint8Array.from(patch);
}

/**
 * @param {Uint8Array} from
 * @param {Uint8Array} to
 * @returns {[gone: number, come: number]} of the shortest change at their beginning
 */
function change(from, to) {
  for (let sum = 1; sum <= LONGEST; sum++) {
    for (let gone = 0; gone <= sum; gone++) {
      if (areAlike(from.subarray(gone), to.subarray(sum - gone))) return [gone, sum - gone];
    }
  }
  throw new Error('the engines differ in more than kernels');
}

/**
 * Whether they begin alike, or are.
 *
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
function areAlike(one, other) {
  if (Math.min(one.length, other.length) < ALIKE && one.length !== other.length) return false;
  const begin = one.subarray(0, ALIKE);
  return begin.every((byte, index) => byte === other[index]);
}

/**
 * @param {Uint8Array<ArrayBuffer>} from
 * @param {Uint8Array<ArrayBuffer>} patch that `difference` made of it
 */
export function patched(from, patch) {
  const view = new DataView(patch.buffer, patch.byteOffset, patch.byteLength);
  const parts = [];
  let place = 0;
  for (let at = 0; at < patch.length;) {
    const [stays = 0, goes = 0, comes = 0] = [0, 1, 2].map((number) =>
      view.getUint32(at + number * NUMBER, true),
    );
    parts.push(from.subarray(place, place + stays), patch.subarray(at + HEAD, at + HEAD + comes));
    place += stays + goes;
    at += HEAD + comes;
  }
  return new Blob([...parts, from.subarray(place)]);
}
