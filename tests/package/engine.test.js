/** The engine alone, in Node.js. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConvscopeError, Engine } from '../../www/engine.js';
import { decodePng, readNpy, readProjectFile } from '../e2e/support/files.js';

/** @typedef {import('../../www/js/shared/protocol.js').Tensor} Tensor */

const engine = await Engine.load();

test('every output is what onnxruntime computes', () => {
  /** @type {Record<'inputs' | 'outputs', Record<string, Tensor>>} */
  const golden = readJson('tests/model/opset-13.json');
  engine.openModel(readProjectFile('tests/model/opset-13.onnx'), { manifest: null });
  const tensors = Object.entries(golden.inputs).map(([name, { shape, data }]) => [
    name,
    { shape, data: Float32Array.from(data, Number) },
  ]);
  engine.run(Object.fromEntries(tensors));
  const names = engine.nodes().flatMap(({ outputs }) => outputs.map(({ name }) => name));
  assert.deepEqual(names.sort(), Object.keys(golden.outputs).sort());
  for (const [name, { shape, dtype, data }] of Object.entries(golden.outputs)) {
    const actual = engine.activation(name);
    assert.deepEqual({ shape: actual.shape, dtype: actual.dtype }, { shape, dtype }, name);
    const expected = Array.from(data, Number);
    const tolerance = 1e-5 * Math.max(...expected.map(Math.abs));
    const isClose = (/** @type {number} */ value, /** @type {number} */ index) =>
      Math.abs(Number(actual.data[index]) - value) <= tolerance;
    assert(expected.every(isClose), name);
  }
});

test('a picture is opened, run in steps, and drawn', () => {
  const manifest = readJson('models/digits.json');
  const info = engine.openModel(readProjectFile('models/digits.onnx'), { manifest });
  assert.equal(info.title, manifest.title);
  engine.openImage(readProjectFile('www/samples/koala.jpg'));
  const reports = [...engine.steps(0)];
  assert.equal(reports.length, engine.nodes().length);
  assert.deepEqual(
    reports.map(({ done }) => done),
    reports.map((_, index) => index === reports.length - 1),
  );
  const values = engine.activation('probabilities').data;
  const { prediction } = engine.run();
  assert.equal(prediction?.classes[0]?.probability, Math.max(...Array.from(values, Number)));

  const { width, height, data, grid } = engine.render('conv2', { view: 'layer', columns: 4 });
  assert.deepEqual([width, grid.channels], [4 * 28 + 3, engine.activation('conv2').shape[1]]);
  assert.deepEqual(decodePng(engine.exportPng('conv2', { view: 'layer', columns: 4 })), {
    width,
    height,
    data: new Uint8Array(data),
  });
  assert.deepEqual(readNpy(engine.exportNpy('conv2')).data, engine.activation('conv2').data);
  assert.deepEqual(engine.exportManifest().labels, manifest.labels);
});

test('pixels are a picture, and passes can be compared', () => {
  engine.openModel(readProjectFile('models/digits.onnx'), {
    manifest: readJson('models/digits.json'),
  });
  const size = { width: 28, height: 28 };
  engine.openImage({ ...size, data: new Uint8ClampedArray(28 * 28 * 4).fill(255) });
  engine.run();
  assert(engine.input().data.every((value) => value === 1));
  engine.keepReference();
  const black = new Uint8ClampedArray(28 * 28 * 4).map((_, index) => (index % 4 === 3 ? 255 : 0));
  engine.openImage({ ...size, data: black });
  engine.run();
  assert(engine.input().data.every((value) => value === 0));
  const [first] = engine.rankDifferences('conv1');
  const start = (first?.channel ?? 0) * 28 * 28;
  const values = Array.from(engine.difference('conv1').data, Number).slice(start, start + 28 * 28);
  const mean = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
  assert(Math.abs(mean - (first?.difference ?? NaN)) < 1e-6);
  engine.dropReference();
});

test('the network gets a part of a picture, and the peaks over a part are found', () => {
  engine.openModel(readProjectFile('models/digits.onnx'), {
    manifest: readJson('models/digits.json'),
  });
  const side = 56;
  // White, but for the upper left quarter.
  const data = new Uint8ClampedArray(side * side * 4).map((_, index) => {
    const [row, column] = [Math.floor(index / 4 / side), Math.floor(index / 4) % side];
    return index % 4 < 3 && row < 28 && column < 28 ? 0 : 255;
  });
  const picture = { width: side, height: side, data };
  engine.openImage(picture, { crop: { top: 0, left: 0, bottom: 28, right: 28 } });
  engine.run();
  assert(engine.input().data.every((value) => value === 0));
  engine.openImage(picture, { crop: { top: 28, left: 28, bottom: 56, right: 56 } });
  engine.run();
  assert(engine.input().data.every((value) => value === 1));

  engine.openImage(picture);
  engine.run();
  const area = engine.mapArea('conv1');
  assert(area);
  const peaks = engine.peaks('conv1', area);
  const { shape, data: values } = engine.activation('conv1');
  const [, channels = 0, height = 0, width = 0] = shape;
  const [best] = peaks ?? [];
  assert.equal(peaks?.length, channels);
  assert.equal(Math.fround(best?.value ?? NaN), Math.max(...Array.from(values, Number)));
  const { channel = 0, row = 0, column = 0, value = NaN } = best ?? {};
  assert.equal(values[(channel * height + row) * width + column], Math.fround(value));
  /** @type {any} */
  const outside = { top: 0, left: 0, bottom: 57, right: 28 };
  assert.throws(() => engine.openImage(picture, { crop: outside }), { code: 'bad-input' });
  assert.throws(() => engine.openImage(picture, { crop: /** @type {any} */ ('all') }), {
    code: 'bad-input',
  });
});

test('what fails says what and where, and what was open stays', () => {
  engine.openModel(readProjectFile('models/digits.onnx'), {
    manifest: readJson('models/digits.json'),
  });
  engine.openImage(readProjectFile('www/samples/koala.jpg'));
  engine.run();
  const before = engine.activation('conv1');
  /** @type {[() => void, string, RegExp][]} */
  const failures = [
    [() => engine.openModel(readProjectFile('www/samples/koala.jpg')), 'bad-model', /JPEG/],
    [() => engine.openImage(readProjectFile('models/digits.onnx')), 'bad-image', /./],
    [() => engine.openImage(/** @type {any} */ ('cat.jpg')), 'bad-input', /Uint8Arrays/],
    [() => engine.run({ nothing: { shape: [1], data: [1] } }), 'bad-input', /'nothing'/],
    [() => engine.activation('conv9'), 'bad-input', /'conv9'/],
    [() => engine.render('conv1', { columns: 0 }), 'unsupported-option', /columns/],
  ];
  for (const [run, code, message] of failures) {
    assert.throws(run, (error) => {
      assert(error instanceof ConvscopeError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  }
  assert.deepEqual(engine.activation('conv1'), before);
});

/** @param {string} name */
function readJson(name) {
  return JSON.parse(new TextDecoder().decode(readProjectFile(name)));
}
