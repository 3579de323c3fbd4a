/**
 * The vector instructions that the engine is made of. It is there twice: for browsers with relaxed SIMD, in which a
 * multiplication and an addition are one instruction, and for others.
 */

/** The smallest module with a SIMD instruction: `(func (result v128) i32.const 0 i8x16.splat)`. */
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15,
  11,
]);

/** The same with `f32x4.relaxed_madd` of three of these. */
export const RELAXED_SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0, 65, 0, 253, 15,
  65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 11,
]);

/** Whether there are any, without which there is no engine. */
export function hasSimd() {
  return isValid(SIMD_MODULE);
}

export function hasRelaxedSimd() {
  return isValid(RELAXED_SIMD_MODULE);
}

/**
 * The engine for this browser.
 *
 * @template T
 * @param {T} relaxed
 * @param {T} plain
 */
export function engineOf(relaxed, plain) {
  return hasRelaxedSimd() ? relaxed : plain;
}

/** @param {Uint8Array<ArrayBuffer>} module */
function isValid(module) {
  return 'WebAssembly' in globalThis && WebAssembly.validate(module);
}
