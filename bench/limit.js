/**
 * The machine's own limit: the multiply-adds that one core does in wasm when it does nothing else, in a loop that leaves
 * its numbers in registers.
 */

/** As many as hide the latency of a multiplication and an addition, and as x86 has registers for. */
const ACCUMULATORS = 12;
/** Turns of the loop that are written out, so that counting them costs nothing. */
const UNROLLED = 8;
const LANES = 4;

const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;
const FUNCTION = 0x60;
const VOID = 0x40;
const SECTION = { type: 1, function: 3, export: 7, code: 10 };

const loop = [0x03, VOID];
const end = [0x0b];
const branchIf = (/** @type {number} */ depth) => [0x0d, depth];
const get = (/** @type {number} */ local) => [0x20, local];
const set = (/** @type {number} */ local) => [0x21, local];
const tee = (/** @type {number} */ local) => [0x22, local];
const i32Const = (/** @type {number} */ value) => [0x41, value];
const i32Subtract = [0x6b];
const f32Const = (/** @type {number} */ value) => [
  0x43,
  ...new Uint8Array(new Float32Array([value]).buffer),
];
const vector = (/** @type {number} */ opcode) => [0xfd, ...leb128(opcode)];
const splat = vector(0x13);
const extractLane = (/** @type {number} */ lane) => [...vector(0x1f), lane];
const add = vector(0xe4);
const multiply = vector(0xe6);
const relaxedMultiplyAdd = vector(0x105);

/**
 * @typedef {object} MultiplyAddLoop
 * @property {number} multiplyAdds of a turn
 * @property {(turns: number) => number} run
 */

/**
 * @param {boolean} isRelaxed whether it may use the instruction that rounds as the machine likes
 * @returns {MultiplyAddLoop | null} null where that does not exist
 */
export function multiplyAddLoop(isRelaxed) {
  const bytes = assemble(isRelaxed);
  if (!WebAssembly.validate(bytes)) return null;
  const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  return {
    multiplyAdds: LANES * ACCUMULATORS * UNROLLED,
    run: /** @type {MultiplyAddLoop['run']} */ (run),
  };
}

/**
 * A module whose `run` does so many turns of `accumulator = accumulator * factor + summand`.
 *
 * @param {boolean} isRelaxed
 */
function assemble(isRelaxed) {
  const [turns, factor, summand, first] = [0, 1, 2, 3];
  const accumulators = Array.from({ length: ACCUMULATORS }, (_, index) => first + index);
  const multiplyAdd = isRelaxed
    ? [...get(summand), ...relaxedMultiplyAdd]
    : [...multiply, ...get(summand), ...add];
  const turn = accumulators.flatMap((accumulator) => [
    ...[...get(accumulator), ...get(factor), ...multiplyAdd, ...set(accumulator)],
  ]);
  // They come near to 2, and neither to what is infinite nor to what is denormal.
  const body = [
    ...[...f32Const(0.5), ...splat, ...set(factor)],
    ...[...f32Const(1), ...splat, ...set(summand)],
    ...loop,
    ...Array.from({ length: UNROLLED }, () => turn).flat(),
    ...[...get(turns), ...i32Const(1), ...i32Subtract, ...tee(turns), ...branchIf(0)],
    ...end,
    ...accumulators.flatMap(get),
    ...accumulators.slice(1).flatMap(() => add),
    ...extractLane(0),
    ...end,
  ];
  const locals = list([[...leb128(2 + ACCUMULATORS), V128]]);
  return new Uint8Array([
    ...[0x00, ...text('asm'), 1, 0, 0, 0],
    ...section(SECTION.type, list([[FUNCTION, ...list([[I32]]), ...list([[F32]])]])),
    ...section(SECTION.function, list([[0]])),
    ...section(SECTION.export, list([[...sized(text('run')), 0, 0]])),
    ...section(SECTION.code, list([sized([...locals, ...body])])),
  ]);
}

/**
 * @param {number} id
 * @param {number[]} content
 */
function section(id, content) {
  return [id, ...sized(content)];
}

/** @param {number[][]} items */
function list(items) {
  return [...leb128(items.length), ...items.flat()];
}

/** @param {number[]} content */
function sized(content) {
  return [...leb128(content.length), ...content];
}

/** @param {string} ascii */
function text(ascii) {
  return [...ascii].map((character) => character.charCodeAt(0));
}

/**
 * @param {number} value not negative
 * @returns {number[]}
 */
function leb128(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb128(value >>> 7)];
}
