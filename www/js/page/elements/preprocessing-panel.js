/** How the picture becomes the network's input, and the setting of it. */

import { emit, h } from '../dom.js';
import { strings } from '../strings.js';
import { MessageBox, sentence } from './message-box.js';

/**
 * @typedef {import('../errors.js').ConvscopeError} ConvscopeError
 * @typedef {import('../../shared/protocol.js').Preprocessing} Preprocessing
 * @typedef {import('../../shared/protocol.js').PreprocessingFields} PreprocessingFields
 * @typedef {import('../../shared/protocol.js').Reading} Reading
 *
 * @typedef {object} Setting a labelled control, or several, of a field
 * @property {HTMLElement} row
 * @property {(HTMLInputElement | HTMLSelectElement)[]} controls
 * @property {HTMLElement} error
 */

const CHANNELS = 3;

/**
 * Emits `set-preprocessing` (the fields that change; null for all as they were) and `copy-manifest`.
 */
export class PreprocessingPanel extends HTMLElement {
  #state = h('span', { class: 'preprocessing-state' });
  #badge = h('span', { class: 'badge' });
  #why = h('p', { class: 'help' });
  #reset = h('button', { type: 'button', class: 'button' }, strings.resetPreprocessing);
  #message = new MessageBox();
  #details = h('details', { class: 'preprocessing' });
  /** By field of the manifest's input. @type {Map<string, Setting>} */
  #settings = new Map();
  /** @type {Preprocessing | null} */
  #shown = null;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const copy = h('button', { type: 'button', class: 'button' }, strings.copyManifest);
    copy.addEventListener('click', () => emit(this, 'copy-manifest'));
    this.#reset.addEventListener('click', () => emit(this, 'set-preprocessing', null));
    const { presets, fits, resamplings, layouts, orders } = strings.preprocessing;
    this.#details.append(
      h(
        'summary',
        {},
        h('span', { class: 'preprocessing-title' }, strings.preprocessing.title),
        this.#badge,
        this.#state,
      ),
      h(
        'div',
        { class: 'settings' },
        this.#why,
        this.#select('preset', { ...presets, own: strings.preprocessing.own }),
        this.#numbers('size', ['width', 'height']),
        this.#select('fit', fits),
        this.#select('resampling', resamplings),
        this.#select('layout', layouts),
        this.#select('channels', orders),
        this.#numbers('scale', ['scale']),
        this.#numbers('mean', Array(CHANNELS).fill('mean')),
        this.#numbers('std', Array(CHANNELS).fill('std')),
        h('p', { class: 'help' }, strings.preprocessing.formula),
        h('div', { class: 'setting-actions' }, this.#reset, copy),
        this.#message,
      ),
    );
    this.append(this.#details);
    this.error = undefined;
  }

  /** What does not fit: said beside the field that the message names, if it names one. */
  set error(/** @type {ConvscopeError | undefined} */ error) {
    for (const setting of new Set(this.#settings.values())) say(setting, '');
    const [, field = ''] = /^input\.(\w+)/.exec(error?.message ?? '') ?? [];
    const setting = this.#settings.get(field);
    this.#message.error = setting ? undefined : error;
    if (error && setting) say(setting, sentence(error.message.replace(/^input\./, '')));
    if (error) this.#details.open = true;
  }

  /**
   * @param {Reading | null} reading
   * @param {(number | null)[] | null} shape of the picture's input, null where it can be chosen
   */
  update(reading, shape) {
    const told = reading?.preprocessing ?? null;
    this.hidden = !told;
    this.#shown = told?.value ?? null;
    if (!told || !reading) return;
    const { value, source, why } = told;
    const { sources } = strings;
    this.#state.textContent = strings.preprocessing.state(value, reading.preset);
    this.#badge.textContent = sources[source];
    this.#badge.classList.toggle('unsure', source === 'guess');
    this.#why.textContent = why;
    this.#reset.disabled = source !== 'person';

    this.#show('preset', [reading.preset ?? 'own']);
    this.#show('width', [value.width, value.height]);
    for (const field of /** @type {const} */ (['fit', 'resampling', 'layout', 'channels'])) {
      this.#show(field, [value[field]]);
    }
    this.#show('scale', [value.scale]);
    this.#show('mean', value.mean);
    this.#show('std', value.std);
    this.#restrict(value, shape ?? []);
    this.error = undefined;
  }

  /**
   * Offers only what the model's input leaves open.
   *
   * @param {Preprocessing} value
   * @param {(number | null)[]} shape
   */
  #restrict({ layout, width, height, mean, channels }, shape) {
    const count = mean.length;
    const [rows, columns] = layout === 'NCHW' ? shape.slice(2) : shape.slice(1);
    const [widths, heights] = this.#settings.get('width')?.controls ?? [];
    if (widths) widths.disabled = typeof columns === 'number';
    if (heights) heights.disabled = typeof rows === 'number';
    const fits = (/** @type {number[]} */ dimensions) =>
      shape.every((size, axis) => size === null || size === dimensions[axis]);
    const dimensions = {
      NCHW: [1, count, height, width],
      NHWC: [1, height, width, count],
    };
    for (const option of this.#options('layout')) {
      const key = /** @type {'NCHW' | 'NHWC'} */ (option.value);
      option.disabled = !fits(dimensions[key]);
    }
    const channelSize = layout === 'NCHW' ? shape[1] : shape[3];
    for (const option of this.#options('channels')) {
      option.disabled =
        typeof channelSize === 'number' && channelCount(option.value) !== channelSize;
    }
    for (const option of this.#options('preset')) {
      const isColoured = ['torchvision', 'caffe'].includes(option.value);
      option.disabled = (isColoured && count < CHANNELS) || option.value === 'own';
    }
    for (const field of ['mean', 'std']) {
      const names = strings.preprocessing.channelNames[channels];
      this.#settings.get(field)?.controls.forEach((control, channel) => {
        control.hidden = channel >= count;
        control.ariaLabel = `${strings.preprocessing.fields[field]}, ${names[channel] ?? ''}`;
      });
    }
  }

  /** @param {string} field */
  #options(field) {
    const [control] = this.#settings.get(field)?.controls ?? [];
    return control instanceof HTMLSelectElement ? [...control.options] : [];
  }

  /**
   * @param {string} field
   * @param {(string | number)[]} values
   */
  #show(field, values) {
    this.#settings.get(field)?.controls.forEach((control, index) => {
      const value = values[index];
      control.value = typeof value === 'number' ? showNumber(value) : (value ?? '');
    });
  }

  /**
   * @param {string} field
   * @param {Record<string, string>} choices
   */
  #select(field, choices) {
    const id = `preprocessing-${field}`;
    const control = h('select', { class: 'select', id });
    for (const [value, name] of Object.entries(choices)) {
      control.append(h('option', { value }, name));
    }
    control.addEventListener('change', () => this.#emit(this.#changed(field, control.value)));
    const label = h('label', { for: id }, strings.preprocessing.fields[field] ?? field);
    return this.#add([field], label, [control]);
  }

  /**
   * One number, or several beside each other.
   *
   * @param {string} name
   * @param {string[]} fields a field for each
   */
  #numbers(name, fields) {
    const { fields: names } = strings.preprocessing;
    const label = h('span', { id: `preprocessing-${name}` }, names[name] ?? name);
    const controls = fields.map((field, index) => {
      const input = h('input', {
        type: 'text',
        inputmode: 'decimal',
        autocomplete: 'off',
        class: 'number',
        'aria-label': names[field],
      });
      input.addEventListener('change', () => this.#readNumbers(field, index));
      return input;
    });
    const row = this.#add([...new Set(fields)], label, controls);
    if (controls.length > 1) {
      row.role = 'group';
      row.setAttribute('aria-labelledby', label.id);
    }
    return row;
  }

  /**
   * @param {string[]} fields
   * @param {HTMLElement} label
   * @param {(HTMLInputElement | HTMLSelectElement)[]} controls
   */
  #add(fields, label, controls) {
    const error = h('p', { class: 'setting-error', id: `preprocessing-${fields[0]}-error` });
    for (const control of controls) control.setAttribute('aria-describedby', error.id);
    const row = h(
      'div',
      { class: 'setting' },
      label,
      h('div', { class: 'setting-controls' }, ...controls),
      error,
    );
    const setting = { row, controls, error };
    for (const field of fields) this.#settings.set(field, setting);
    say(setting, '');
    return row;
  }

  /**
   * @param {string} field
   * @param {number} index of the control that has changed, among the field's setting's
   */
  #readNumbers(field, index) {
    const setting = this.#settings.get(field);
    if (!setting) return;
    const isList = field === 'mean' || field === 'std';
    const controls = setting.controls.filter((control, other) =>
      isList ? !control.hidden : other === index,
    );
    const numbers = controls.map(({ value }) => readNumber(value));
    const wrong = numbers.findIndex(Number.isNaN);
    if (wrong >= 0) say(setting, strings.preprocessing.noNumber(controls[wrong]?.value ?? ''));
    else this.#emit({ [field]: isList ? numbers : numbers[0] });
  }

  /**
   * @param {string} field
   * @param {string} value
   */
  #changed(field, value) {
    if (field !== 'channels' || !this.#shown) return { [field]: value };
    // Grey has one mean, colours have three.
    const resized = (/** @type {number[]} */ values) =>
      Array.from({ length: channelCount(value) }, (_, channel) => values[channel] ?? values[0]);
    const { mean, std } = this.#shown;
    return { channels: value, mean: resized(mean), std: resized(std) };
  }

  /** @param {Record<string, unknown>} fields */
  #emit(fields) {
    emit(this, 'set-preprocessing', fields);
  }
}

/**
 * @param {Setting} setting
 * @param {string} message empty for none
 */
function say({ controls, error }, message) {
  error.textContent = message;
  error.hidden = !message;
  for (const control of controls) control.ariaInvalid = message ? 'true' : null;
}

/** @param {string} order */
function channelCount(order) {
  return order === 'grey' ? 1 : CHANNELS;
}

/**
 * A number in full; one over a whole number, or over half of one, as a fraction: a scale is more often than not.
 *
 * @param {number} value
 */
function showNumber(value) {
  const divisor = Math.round(2 / value) / 2;
  const isFraction = Number.isFinite(divisor) && divisor > 1 && 1 / divisor === value;
  return isFraction ? `1/${divisor}` : String(value);
}

/**
 * @param {string} text a number, or a fraction
 * @returns {number} NaN for what is none
 */
function readNumber(text) {
  const numbers = text.split('/').map((part) => (part.trim() ? Number(part) : NaN));
  const value = numbers.reduce((quotient, divisor) => quotient / divisor);
  return numbers.length <= 2 && Number.isFinite(value) ? value : NaN;
}

customElements.define('convscope-preprocessing', PreprocessingPanel);
