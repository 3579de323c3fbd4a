/** Shows what onnxruntime-web computes of a model and a picture, in a worker, as soon as it is there. */

const worker = new Worker(new URL('runtime-worker.js', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }) => {
  document.body.textContent = data.join(' ');
};
