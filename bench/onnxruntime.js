/** onnxruntime-web in the page, several times over if need be: each has a memory of its own. */

/**
 * @typedef {typeof import('onnxruntime-web')} Ort
 *
 * @typedef {object} Runtime
 * @property {Ort} ort
 * @property {() => number} bytes of its linear memory, which never shrinks
 */

let count = 0;

/**
 * Starts onnxruntime, so that its module's loading is not the model's.
 *
 * @param {string} url of its module
 * @param {number} threads
 * @returns {Promise<Runtime>}
 */
export async function startRuntime(url, threads) {
  if (!crossOriginIsolated) throw new Error('the page is not isolated, and has no threads');
  // Another query is another module, whose settings and memory are its own.
  /** @type {Ort} */
  const ort = await import(`${url}?${count++}`);
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  const { Memory } = WebAssembly;
  /** @type {WebAssembly.Memory[]} */
  const memories = [];
  WebAssembly.Memory = new Proxy(Memory, {
    construct(target, [descriptor]) {
      const memory = new target(descriptor);
      memories.push(memory);
      return memory;
    },
  });
  try {
    // Any session does, even one that fails.
    const options = { executionProviders: ['wasm'] };
    await ort.InferenceSession.create(new Uint8Array(1), options).catch(() => null);
  } finally {
    WebAssembly.Memory = Memory;
  }
  const [memory, ...others] = memories;
  if (!memory || others.length > 0) throw new Error(`onnxruntime has ${memories.length} memories`);
  return { ort, bytes: () => memory.buffer.byteLength };
}
