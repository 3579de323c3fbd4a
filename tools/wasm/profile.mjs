/**
 * Does with an instrumented engine what the worker does in ordinary visits, and writes which of its functions ran:
 *
 *     node tools/wasm/profile.mjs INSTRUMENTED PROFILE
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import init, { dataLocations, Engine, lastPanic, version } from '../../www/wasm/convscope.js';
import { root } from '../joining.mjs';
import { operators } from './operators.mjs';

const VIEWS = ['book', 'channels', 'layer', 'symmetric', 'fixed'];
const COLORMAPS = ['viridis', 'magma', 'inferno', 'cividis', 'turbo', 'grey', 'rdbu'];
const CONTENTS = ['present', 'difference', 'pair', 'mean', 'maximum', 'components'];
const PRESETS = ['unit', 'bytes', 'signed', 'torchvision', 'caffe'];
const FITS = ['squash', 'crop', 'pad'];
const RESAMPLINGS = ['nearest', 'bilinear', 'bicubic', 'lanczos'];
const BUNDLED = ['cats-vs-dogs', 'efficientnet-lite0', 'digits'];
/** Where models' data files are. */
const DATA = 'tests/e2e/models';
/** Networks as people have them, which no manifest is beside. */
const USUAL = [
  ...[7, 9, 10, 11, 13, 15, 18, 21, 24].map((opset) => `tests/model/opset-${opset}.onnx`),
  'tests/model/quantised.onnx',
  `${DATA}/channels-last.onnx`,
  `${DATA}/data-files.onnx`,
  'tests/scope/any-size.onnx',
];
const PICTURES = ['www/samples', 'tests/preprocessing/decoding'];

const [instrumented, profile] = process.argv.slice(2);
if (!profile) throw new Error('usage: node tools/wasm/profile.mjs INSTRUMENTED PROFILE');

// What browsers have for the engine to draw on.
Object.assign(globalThis, { ImageData: class {} });
const canvas = { width: 0, height: 0 };
const context = /** @type {any} */ ({ canvas, putImageData() {} });

const exports = await init({ module_or_path: readFileSync(instrumented) });
visit();
const ran = Object.entries(exports).flatMap(([name, { value }]) => {
  const [, index] = /^ran (\d+)$/.exec(name) ?? [];
  return index && value ? [`${index}\n`] : [];
});
writeFileSync(profile, ran.join(''));

function visit() {
  version();
  lastPanic();
  const engine = new Engine();
  refused(() => engine.openModel(read('README.md'), 'readme', undefined, {}));
  refused(() => engine.openImage(read('README.md')));
  refused(() => engine.nodes());
  for (const name of BUNDLED) {
    const own = new Engine();
    // An element may have one model only, or one after the other.
    for (const scope of [own, engine]) {
      open(scope, read(`models/${name}.onnx`), read(`models/${name}.json`).toString());
      scope.openImage(read('www/samples/kitten.jpg'));
      pass(scope);
    }
    look(own);
    adjust(own);
    own.free();
  }
  engine.openPixels(new Uint8Array(4 * 28 * 28).fill(255), 28, 28);
  pass(engine);
  for (const folder of PICTURES) {
    for (const name of readdirSync(path.join(root, folder))) {
      if (!/\.(jpg|png|webp)$/.test(name)) continue;
      engine.openImage(read(`${folder}/${name}`));
      pass(engine);
    }
  }
  for (const model of [...USUAL.map(read), ...operators()]) {
    if (open(engine, model).pictureInput) pass(engine);
    else feed(engine);
    look(engine);
  }
  engine.free();
}

/**
 * @param {Engine} engine
 * @param {Uint8Array} model
 * @param {string} [manifest]
 */
function open(engine, model, manifest) {
  const files = dataLocations(model).map((name) => [name, read(`${DATA}/${name}`)]);
  return JSON.parse(engine.openModel(model, 'a model', manifest, Object.fromEntries(files)));
}

/** @param {Engine} engine */
function pass(engine) {
  engine.startPass();
  run(engine);
  engine.paintInput(context);
}

/**
 * Runs the network on raw tensors.
 *
 * @param {Engine} engine
 */
function feed(engine) {
  /** @type {{ name: string, shape: (number | null)[] }[]} */
  const inputs = JSON.parse(engine.inputs());
  const tensors = inputs.map(({ name, shape }) => {
    const sizes = shape.map((size) => size ?? 1);
    const data = new Float32Array(sizes.reduce((product, size) => product * size, 1));
    return [name, { shape: sizes, data }];
  });
  engine.setInput(Object.fromEntries(tensors));
  run(engine);
}

/** @param {Engine} engine */
function run(engine) {
  while (!JSON.parse(engine.step(12)).done);
  engine.prediction();
}

/**
 * Looks at everything.
 *
 * @param {Engine} engine
 */
function look(engine) {
  /** @type {{ outputs: { name: string, shape: number[] }[] }[]} */
  const nodes = JSON.parse(engine.nodes());
  const outputs = nodes.flatMap(({ outputs }) => outputs);
  const [first, last] = [outputs.slice(0, 4), outputs.slice(-3)];
  const readings = [
    () => engine.foldedNodes(),
    () => engine.input(),
    () => engine.manifest(),
    () => engine.keepReference(),
    ...outputs.flatMap(({ name, shape }) => readingsOf(engine, name, shape)),
    ...[...first, ...last].flatMap(({ name }) => drawingsOf(engine, name)),
    () => engine.exportNpz(),
    () => engine.dropReference(),
  ];
  for (const read of readings) refused(read);
}

/**
 * @param {Engine} engine
 * @param {string} output
 * @param {number[]} shape
 */
function readingsOf(engine, output, shape) {
  const [row = 0, column = 0] = shape.slice(-2).map((size) => Math.floor(size / 2));
  return [
    () => engine.paint(output, '{}', context),
    () => engine.activation(output),
    () => engine.cell(output, 0, 0, 0),
    () => engine.cell(output, 0, row, column),
    () => engine.kernel(output, 0),
    () => engine.receptiveField(output, 0, 0),
    () => engine.receptiveField(output, row, column, 0),
    () => engine.mapArea(output),
    () => engine.peaks(output, 10, 10, 60, 60),
    () => engine.channelStatistics(output),
    () => engine.histogram(output, 0, 48),
  ];
}

/**
 * @param {Engine} engine
 * @param {string} output
 */
function drawingsOf(engine, output) {
  const options = VIEWS.flatMap((view) => [
    ...COLORMAPS.map((colormap) => ({ view, colormap })),
    ...CONTENTS.map((of) => ({ view, of })),
    { view, columns: 3, gap: 1, channels: [0] },
    { view, reduction: 2 },
  ]);
  return [
    ...options.map((options) => () => engine.paint(output, JSON.stringify(options), context)),
    () => engine.render(output, '{}'),
    () => engine.exportPng(output, '{}'),
    () => engine.exportNpy(output),
    () => engine.similarities(output, 0),
    () => engine.difference(output),
    () => engine.rankDifferences(output),
    () => engine.compareCell(output, 0, 0, 0),
  ];
}

/**
 * Changes what the network gets.
 *
 * @param {Engine} engine
 */
function adjust(engine) {
  for (const preset of PRESETS) {
    refused(() => engine.setPreprocessing(JSON.stringify({ preset })));
    pass(engine);
  }
  for (const fit of FITS) {
    for (const resampling of RESAMPLINGS) {
      engine.setPreprocessing(JSON.stringify({ fit, resampling }));
      pass(engine);
    }
  }
  engine.setPreprocessing('null');
  engine.setCrop('{"top":10,"left":20,"bottom":110,"right":120}');
  pass(engine);
  engine.setCrop();
  refused(() => engine.setLabels('["Katze","Hund"]'));
  refused(() => engine.setLabels('cat\ndog\n'));
  engine.setLabels();
  feed(engine);
}

/** @param {string} file */
function read(file) {
  return readFileSync(path.join(root, file));
}

/** Does what the engine may refuse. @param {() => unknown} run */
function refused(run) {
  try {
    run();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) throw error;
  }
}
