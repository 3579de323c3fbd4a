/** Python that draws again what is drawn: with onnxruntime, Pillow, numpy and matplotlib instead of the engine. */

/**
 * @typedef {import('../shared/manifest.js').Manifest} Manifest
 * @typedef {import('../shared/protocol.js').RenderOptions} RenderOptions
 * @typedef {import('../shared/protocol.js').View} View
 *
 * @typedef {object} Drawn what is to be drawn
 * @property {string} version of Convscope
 * @property {string | null} url a link to what is shown
 * @property {NamedSource} model
 * @property {Picture | null} picture null if all inputs are raw tensors
 * @property {string} archive name of the file that has the tensors of inputs
 * @property {string[]} tensors names of the inputs that the picture does not feed
 * @property {string} output
 * @property {boolean} isGraphOutput whether it is an output of the graph, not only of a node
 * @property {number} rank the number of its dimensions
 * @property {boolean} isChannelsLast
 * @property {RenderOptions} options
 * @property {string} title
 * @property {string} drawing name of the file to write
 *
 * @typedef {object} NamedSource
 * @property {string} file its name
 * @property {string | null} url where it can be had
 *
 * @typedef {object} PictureDetails
 * @property {import('../shared/protocol.js').Rectangle | null} crop the part of it that the network gets
 * @property {Manifest['input']} preprocessing
 * @property {string} dtype of the graph's input
 *
 * @typedef {NamedSource & PictureDetails} Picture
 */

const BOOK_COLUMNS = 16;
/** matplotlib's names. @type {Record<string, string>} */
const COLORMAPS = { grey: 'gray', rdbu: 'RdBu_r' };

/**
 * A script that computes an output and draws it, pixel for pixel as here but for the rounding of other implementations.
 *
 * @param {Drawn} drawn
 * @returns {string}
 */
export function pythonScript(drawn) {
  const { version, url, output, options, title, drawing } = drawn;
  return [
    `# The output ${text(output)} of ${text(drawn.model.file)}, drawn as Convscope ${version} does${url === null ? '.' : ':'}`,
    ...(url === null ? [] : [`# ${text(url)}`]),
    '# Needs: pip install matplotlib numpy onnx onnxruntime pillow',
    'import matplotlib',
    'import matplotlib.pyplot as plt',
    'import numpy as np',
    'import onnx',
    'import onnxruntime',
    'from matplotlib.cm import ScalarMappable',
    'from matplotlib.colors import Normalize',
    'from PIL import Image, ImageOps',
    '',
    'inputs = {}',
    ...(drawn.picture ? ['', ...pictureLines(drawn.picture)] : []),
    ...(drawn.tensors.length > 0 ? ['', ...tensorLines(drawn)] : []),
    '',
    '# The output. A graph gives out the values that are listed as its outputs.',
    ...modelLines(drawn),
    '',
    '# Its feature maps: channel x height x width.',
    ...mapLines(drawn),
    'maps = np.ascontiguousarray(maps, "float32")',
    '',
    ...viewLines(options),
    '',
    `Image.fromarray(drawing).save(${text(drawing)})`,
    '',
    'plt.figure(figsize=(16, 1 + 16 * drawing.shape[0] / drawing.shape[1]))',
    `plt.title(${text(title)}, parse_math=False)`,
    'plt.imshow(drawing, aspect="auto")',
    ...(isShared(options.view)
      ? ['plt.colorbar(ScalarMappable(norm, colormap), ax=plt.gca())']
      : []),
    'plt.show()',
    '',
  ].join('\n');
}

/**
 * @param {Picture} picture
 * @returns {string[]}
 */
function pictureLines(picture) {
  const { file, crop, preprocessing, dtype } = picture;
  const { name, layout, channels, scale, mean, std } = preprocessing;
  const order = { rgb: 'picture', bgr: 'picture[..., ::-1]', grey: 'picture[..., np.newaxis]' };
  const lines = [
    '# The picture, transparency over white, as the network gets it.',
    `picture = ImageOps.exif_transpose(Image.open(${text(file)}))${sourceComment(picture)}`,
    'picture = picture.convert("RGBA")',
    'white = Image.new("RGBA", picture.size, "white")',
    'picture = Image.alpha_composite(white, picture).convert("RGB")',
  ];
  if (crop) {
    const { left, top, right, bottom } = crop;
    lines.push(`picture = picture.crop((${left}, ${top}, ${right}, ${bottom}))`);
  }
  if (channels === 'grey') lines.push('picture = picture.convert("L")');
  lines.push(...fitLines(preprocessing), 'picture = np.asarray(picture, "float64")');
  lines.push(`tensor = (${order[channels]} * ${scale} - ${list(mean)}) / ${list(std)}`);
  if (layout === 'NCHW') lines.push('tensor = tensor.transpose(2, 0, 1)');
  lines.push('tensor = tensor[np.newaxis].astype("float32")');
  if (dtype === 'uint8') lines.push('tensor = tensor.round().clip(0, 255)');
  if (dtype !== 'float32') lines.push(`tensor = tensor.astype(${text(dtype)})`);
  lines.push(`inputs[${text(name)}] = tensor`);
  return lines;
}

/**
 * @param {Manifest['input']} preprocessing
 * @returns {string[]}
 */
function fitLines({ width, height, fit, resampling }) {
  const filter = `Image.Resampling.${resampling.toUpperCase()}`;
  switch (fit) {
    case 'squash':
      return [`picture = picture.resize((${width}, ${height}), ${filter})`];
    case 'crop':
      return [
        `if picture.width * ${height} > ${width} * picture.height:`,
        `    size = (${height} * picture.width // picture.height, ${height})`,
        'else:',
        `    size = (${width}, ${width} * picture.height // picture.width)`,
        `left, top = round((size[0] - ${width}) / 2), round((size[1] - ${height}) / 2)`,
        `picture = picture.resize(size, ${filter})`,
        `picture = picture.crop((left, top, left + ${width}, top + ${height}))`,
      ];
    case 'pad':
      return [`picture = ImageOps.pad(picture, (${width}, ${height}), ${filter}, "black")`];
  }
}

/**
 * @param {Drawn} drawn
 * @returns {string[]}
 */
function tensorLines({ archive, tensors }) {
  return [
    '# What was fed beside a picture: in the file of all values that Convscope exports.',
    `archive = np.load(${text(archive)})`,
    `inputs |= {name: archive[name] for name in ${list(tensors)}}`,
  ];
}

/**
 * @param {Drawn} drawn
 * @returns {string[]}
 */
function modelLines({ model, output, isGraphOutput }) {
  const name = text(output);
  return [
    `model = onnx.load(${text(model.file)})${sourceComment(model)}`,
    ...(isGraphOutput ? [] : [`model.graph.output.append(onnx.ValueInfoProto(name=${name}))`]),
    'providers = ["CPUExecutionProvider"]',
    'session = onnxruntime.InferenceSession(model.SerializeToString(), providers=providers)',
    `[activation] = session.run([${name}], inputs)`,
  ];
}

/**
 * @param {Drawn} drawn
 * @returns {string[]}
 */
function mapLines({ rank, isChannelsLast }) {
  if (rank < 2) return ['maps = activation.reshape(-1, 1, 1)'];
  if (rank === 2) return ['maps = activation[0].reshape(-1, 1, 1)'];
  if (rank === 3) return ['maps = activation[:1]'];
  if (!isChannelsLast) return ['maps = activation[0].reshape(-1, *activation.shape[-2:])'];
  return [
    'maps = np.moveaxis(activation[0], -1, 0)',
    'maps = maps.reshape(-1, *activation.shape[-3:-1])',
  ];
}

/**
 * Whether all channels are on one scale of values.
 *
 * @param {View | undefined} view
 */
function isShared(view) {
  return view === 'layer' || view === 'symmetric' || view === 'fixed';
}

/**
 * @param {RenderOptions} options
 * @returns {string[]}
 */
function viewLines({ view = 'book', range, colormap, columns = BOOK_COLUMNS, gap = 1, channels }) {
  const id = colormap ?? (view === 'symmetric' ? 'rdbu' : 'viridis');
  const isBook = view === 'book';
  return [
    '# Values to colours; those that are not finite are magenta.',
    `colormap = matplotlib.colormaps[${text(COLORMAPS[id] ?? id)}].with_extremes(bad="magenta")`,
    ...(isBook ? bookLines() : scaleLines(view, range)),
    '',
    ...(isBook ? tileLines(channels, BOOK_COLUMNS, 0, true) : tileLines(channels, columns, gap)),
  ];
}

/**
 * @param {Exclude<View, 'book'>} view
 * @param {[number, number]} [range] that of the view `fixed`
 * @returns {string[]}
 */
function scaleLines(view, [low, high] = [0, 1]) {
  const norms = {
    channels: ['# Each channel on a scale of its own.'],
    layer: ['# All channels on one scale.', 'norm = Normalize(maps.min(), maps.max())'],
    fixed: ['# All channels on a scale that was chosen.', `norm = Normalize(${low}, ${high})`],
    symmetric: [
      '# All channels on one scale with zero in its middle.',
      'limit = abs(maps).max() or 1',
      'norm = Normalize(-limit, limit)',
    ],
  };
  const norm = isShared(view) ? 'norm' : 'Normalize()';
  return [
    'maps = np.ma.masked_invalid(maps)',
    ...norms[view],
    `tiles = [colormap(${norm}(channel), bytes=True) for channel in maps]`,
  ];
}

/** @returns {string[]} */
function bookLines() {
  return [
    '',
    '',
    '# As in the book, but for what it divides by zero.',
    'def standardized(channel):',
    '    is_finite = np.isfinite(channel)',
    '    levels = np.ma.masked_array(np.zeros(channel.shape), ~is_finite)',
    '    values = channel[is_finite]',
    '    if values.size and values.min() < values.max():',
    '        values -= values.mean()',
    '        values /= values.std()',
    '        levels[is_finite] = np.clip(values * 64 + 128, 0, 255).astype("uint8")',
    '    elif values.any():',
    '        levels[is_finite] = 128',
    '    return levels',
    '',
    '',
    'levels = np.ma.stack([standardized(channel) for channel in maps])',
    '# Cells without a channel count as zeros.',
    `low = 0 if len(maps) % ${BOOK_COLUMNS} else levels.min()`,
    'norm = Normalize(low, levels.max())',
    'tiles = [colormap(norm(channel), bytes=True) for channel in levels]',
  ];
}

/**
 * @param {number[] | undefined} channels
 * @param {number} columns
 * @param {number} gap
 * @param {boolean} [isBook]
 * @returns {string[]}
 */
function tileLines(channels, columns, gap, isBook = false) {
  if (channels?.length === 1) return ['# One channel.', `drawing = tiles[${channels[0]}]`];
  const width = isBook && !channels ? columns : `min(${columns}, len(tiles))`;
  return [
    '# A tile a channel, in rows.',
    ...(channels ? [`tiles = [tiles[channel] for channel in ${list(channels)}]`] : []),
    `columns, gap = ${width}, ${gap}`,
    'rows = -(-len(tiles) // columns)',
    'height, width = maps.shape[1:]',
    'shape = (rows * (height + gap) - gap, columns * (width + gap) - gap, 4)',
    isBook
      ? 'drawing = np.full(shape, colormap(0, bytes=True), "uint8")'
      : 'drawing = np.zeros(shape, "uint8")',
    'for index, tile in enumerate(tiles):',
    '    row, column = divmod(index, columns)',
    '    top, left = row * (height + gap), column * (width + gap)',
    '    drawing[top : top + height, left : left + width] = tile',
  ];
}

/** @param {NamedSource} source */
function sourceComment({ url }) {
  return url === null ? '' : `  # ${text(url)}`;
}

/**
 * A text as Python writes it, on one line whatever it holds.
 *
 * @param {string} value
 */
function text(value) {
  // JSON's escapes are Python's too.
  return JSON.stringify(value);
}

/** @param {readonly (number | string)[]} values */
function list(values) {
  return `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
}
