/** The frame around the picture: shows it and what a cell sees of it; a part of it can be marked, or all of it moved. */

import { movedCrop, wholeCrop, zoomedCrop } from '../cropping.js';
import { emit, h, svg } from '../dom.js';
import { LONGEST_TAP } from '../pointing.js';
import { strings } from '../strings.js';
import { CropGestures } from './crop-gestures.js';

/**
 * @typedef {import('../../shared/protocol.js').ReceptiveField} ReceptiveField
 * @typedef {import('../../shared/protocol.js').Rectangle} Rectangle
 * @typedef {import('../../shared/protocol.js').Preprocessing} Preprocessing
 * @typedef {{ width: number, height: number }} Size
 * @typedef {{ field: ReceptiveField, size: Size }} Seen `size`: the input's
 * @typedef {{ x: number, y: number }} Point in pixels of the picture
 */

/** Of the picture's shorter side: what pointing marks, and how far an arrow key moves that. */
const POINTED = 1 / 8;
const STEP = 1 / 32;

/** @type {Record<string, [right: number, down: number]>} */
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * Emits `bind-input-canvas` (OffscreenCanvas), `mark` and `crop` (a Rectangle of the picture's pixels, or null): what is
 * dragged over in the original is marked; what the network gets is moved and zoomed.
 */
export class PictureFrame extends HTMLElement {
  #image = h('img', { alt: '', decoding: 'async', crossorigin: 'anonymous', hidden: true });
  /** @type {HTMLVideoElement | null} */
  #video = null;
  #empty = h('p', { class: 'frame-empty' }, strings.noPicture);
  #overlay = svg('svg', { class: 'overlay', 'aria-hidden': 'true', hidden: true });
  /** @type {HTMLCanvasElement | null} */
  #canvas = null;
  #generation = -1;
  #isNetworkView = false;
  /** @type {Seen | null} */
  #seen = null;
  /** @type {Rectangle | null} */
  #mark = null;
  /** @type {Rectangle | null} */
  #crop = null;
  /** @type {Preprocessing | null} */
  #preprocessing = null;
  /** What is moved, as it was when a pointer was put down. @type {Rectangle | null} */
  #from = null;
  #gestures = new CropGestures({
    begin: () => (this.#from = this.#framed),
    move: (right, down) => this.#move(right, down),
    zoom: (factor) => this.zoomBy(factor),
    reset: () => emit(this, 'crop', null),
  });
  /** Where a pointer has begun to mark. @type {{ id: number, clientX: number, clientY: number, point: Point } | null} */
  #begun = null;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.setAttribute('role', 'group');
    this.ariaLabel = strings.pictureFrame;
    this.#image.addEventListener('load', () => this.#draw());
    this.append(this.#empty, this.#image, this.#overlay);
    this.addEventListener('keydown', (event) => this.#onKey(event));
    this.addEventListener('pointerdown', (event) => this.#onPointerDown(event));
    this.addEventListener('pointermove', (event) => this.#onPointerMove(event));
    this.addEventListener('pointerup', (event) => this.#onPointerUp(event));
    this.addEventListener('pointercancel', (event) => {
      this.#begun = null;
      this.#gestures.up(event);
    });
    this.addEventListener(
      'wheel',
      (event) => {
        if (this.#isNetworkView && this.picture) this.#gestures.wheel(event);
      },
      { passive: false },
    );
  }

  /**
   * @param {object} shown
   * @param {string | null} shown.url the picture's
   * @param {string} shown.alt
   * @param {string} shown.instead what stands there without a picture
   * @param {HTMLVideoElement | null} shown.video what is shown in the picture's place while it changes
   * @param {Rectangle | null} shown.crop
   * @param {Preprocessing | null} shown.preprocessing
   * @param {number} shown.generation
   */
  update({ url, alt, instead, video, crop, preprocessing, generation }) {
    this.#crop = crop;
    this.#preprocessing = preprocessing;
    this.#image.hidden = url === null;
    this.#empty.hidden = url !== null;
    this.#empty.textContent = instead;
    if (url && this.#image.src !== url) this.#image.src = url;
    this.#image.alt = alt;
    if (url) this.tabIndex = 0;
    else this.removeAttribute('tabindex');
    if (video !== this.#video) {
      this.#video?.remove();
      if (video) this.#image.after(video);
      this.#video = video;
    }
    if (generation !== this.#generation) this.#newCanvas(generation);
    this.#draw();
  }

  /** @param {boolean} isNetworkView whether it is shown as the network gets it */
  set isNetworkView(isNetworkView) {
    this.#isNetworkView = isNetworkView;
    this.ariaLabel = isNetworkView ? strings.networkFrame : strings.pictureFrame;
    this.classList.toggle('network-view', isNetworkView);
    this.#draw();
  }

  /** @param {Seen | null} seen what to mark as seen by a cell */
  set seen(seen) {
    this.#seen = seen;
    this.#draw();
  }

  /** @param {Rectangle | null} mark */
  set mark(mark) {
    this.#mark = mark;
    this.#draw();
  }

  /** What the page has of the picture, once it is loaded. */
  get picture() {
    const { src, naturalWidth, naturalHeight } = this.#image;
    return naturalWidth > 0 ? { url: src, width: naturalWidth, height: naturalHeight } : null;
  }

  /** @param {number} factor above 1 shows a smaller part, larger */
  zoomBy(factor) {
    const size = this.picture;
    if (!size) return;
    // What is moved goes on from there.
    const crop = zoomedCrop(this.#framed, size, factor);
    emit(this, 'crop', crop);
  }

  /** Gives the network what is marked. */
  cropToMark() {
    const size = this.picture;
    if (size && this.#mark) emit(this, 'crop', wholeCrop(this.#mark, size));
  }

  /** The part of the picture that the network gets. */
  get #framed() {
    const { width, height } = this.picture ?? { width: 1, height: 1 };
    return this.#crop ?? { top: 0, left: 0, bottom: height, right: width };
  }

  /**
   * Moves the picture under the network's frame.
   *
   * @param {number} right in CSS pixels
   * @param {number} down
   */
  #move(right, down) {
    const size = this.picture;
    const from = this.#from;
    if (!size || !from || !this.#preprocessing) return;
    const { width, height, fit } = this.#preprocessing;
    const box = this.getBoundingClientRect();
    const shown = Math.min(box.width / width, box.height / height);
    const across = (from.right - from.left) / width;
    const along = (from.bottom - from.top) / height;
    const both = fit === 'crop' ? Math.min(across, along) : Math.max(across, along);
    const [x, y] = fit === 'squash' ? [across, along] : [both, both];
    emit(this, 'crop', movedCrop(from, size, (-right / shown) * x, (-down / shown) * y));
  }

  #draw() {
    const size = this.#isNetworkView ? this.#seen?.size : this.picture;
    const isShown = !this.#image.hidden && size && size.width > 0;
    this.#overlay.toggleAttribute('hidden', !isShown);
    if (!isShown) return;
    const seen = this.#isNetworkView ? this.#seen?.field : this.#seen?.field.picture;
    const mark = this.#isNetworkView ? null : this.#mark;
    this.#overlay.setAttribute('viewBox', `0 0 ${size.width} ${size.height}`);
    const crop = this.#isNetworkView ? null : this.#crop;
    this.#overlay.replaceChildren(
      ...shaded(crop, size),
      ...outlined(mark, 'mark'),
      ...outlined(seen ?? null, 'seen'),
    );
  }

  /** @param {number} generation */
  #newCanvas(generation) {
    this.#generation = generation;
    this.#canvas?.remove();
    this.#canvas = h('canvas', { role: 'img', 'aria-label': strings.networkView });
    this.append(this.#canvas);
    emit(this, 'bind-input-canvas', this.#canvas.transferControlToOffscreen());
  }

  /** The picture's pixel at a place of the screen, or the nearest one. @param {PointerEvent} event */
  #pointAt({ clientX, clientY }) {
    const { left, top, width, height } = this.getBoundingClientRect();
    const size = this.picture ?? { width: 1, height: 1 };
    const scale = Math.min(width / size.width, height / size.height);
    const x = (clientX - left - (width - size.width * scale) / 2) / scale;
    const y = (clientY - top - (height - size.height * scale) / 2) / scale;
    return { x: within(x, size.width), y: within(y, size.height) };
  }

  /** @param {PointerEvent} event */
  #onPointerDown(event) {
    if (event.button !== 0 || this.#image.hidden || this.#begun) return;
    const { pointerId: id, clientX, clientY } = event;
    if (this.#isNetworkView) this.#gestures.down(event);
    else this.#begun = { id, clientX, clientY, point: this.#pointAt(event) };
    this.setPointerCapture(id);
    // Else the picture would be dragged away, as pictures can be.
    event.preventDefault();
    this.focus({ preventScroll: true });
  }

  /** @param {PointerEvent} event */
  #onPointerMove(event) {
    if (this.#isNetworkView) this.#gestures.move(event);
    if (this.#begun?.id !== event.pointerId || this.#isTap(event)) return;
    this.#tell(between(this.#begun.point, this.#pointAt(event)));
  }

  /** @param {PointerEvent} event */
  #onPointerUp(event) {
    this.#gestures.up(event);
    if (this.#begun?.id !== event.pointerId) return;
    if (this.#isTap(event)) this.#tell(this.#around(this.#begun.point));
    this.#begun = null;
  }

  /** @param {PointerEvent} event */
  #isTap({ clientX, clientY }) {
    const { clientX: x = 0, clientY: y = 0 } = this.#begun ?? {};
    return Math.hypot(clientX - x, clientY - y) <= LONGEST_TAP;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    const arrow = ARROWS[key];
    const isEnding = this.#mark && ['Escape', 'Delete', 'Backspace'].includes(key);
    if (!this.picture || ctrlKey || metaKey || altKey) return;
    if (this.#isNetworkView) {
      if (!this.#gestures.key(event)) return;
    } else if (isEnding) emit(this, 'mark', null);
    else if (arrow) this.#tell(this.#moved(arrow, shiftKey));
    else return;
    event.preventDefault();
  }

  /**
   * The marked part, moved or made larger or smaller by a step; the middle of the picture if there is none.
   *
   * @param {[right: number, down: number]} arrow
   * @param {boolean} isResized
   */
  #moved([right, down], isResized) {
    const { width, height } = this.picture ?? { width: 1, height: 1 };
    const mark = this.#mark;
    if (!mark) return this.#around({ x: width / 2, y: height / 2 });
    const step = STEP * Math.min(width, height);
    const [x, y] = [right * step, down * step];
    const end = { x: within(mark.right + x, width), y: within(mark.bottom + y, height) };
    if (isResized) {
      const { left, top } = mark;
      return between({ x: left, y: top }, { x: Math.max(end.x, left), y: Math.max(end.y, top) });
    }
    const across = within(mark.left + x, width - (mark.right - mark.left)) - mark.left;
    const along = within(mark.top + y, height - (mark.bottom - mark.top)) - mark.top;
    return between(
      { x: mark.left + across, y: mark.top + along },
      { x: mark.right + across, y: mark.bottom + along },
    );
  }

  /** @param {Point} point */
  #around({ x, y }) {
    const { width, height } = this.picture ?? { width: 1, height: 1 };
    const reach = (POINTED * Math.min(width, height)) / 2;
    return between(
      { x: within(x - reach, width), y: within(y - reach, height) },
      { x: within(x + reach, width), y: within(y + reach, height) },
    );
  }

  /** @param {Rectangle} mark */
  #tell(mark) {
    emit(this, 'mark', mark);
  }
}

/**
 * A shade over what is outside of an area.
 *
 * @param {Rectangle | null} area
 * @param {Size} size
 */
function shaded(area, { width, height }) {
  if (!area) return [];
  const { left, top, right, bottom } = area;
  const d = `M0 0H${width}V${height}H0ZM${left} ${top}H${right}V${bottom}H${left}Z`;
  return [svg('path', { d, class: 'crop-shade', 'fill-rule': 'evenodd' })];
}

/**
 * @param {Rectangle | null} area
 * @param {string} name
 */
function outlined(area, name) {
  if (!area) return [];
  const { left, top, right, bottom } = area;
  const box = { x: left, y: top, width: right - left, height: bottom - top };
  return ['edge', 'line'].map((part) => svg('rect', { ...box, class: `${name}-${part}` }));
}

/**
 * @param {number} position
 * @param {number} end
 */
function within(position, end) {
  return Math.min(Math.max(position, 0), end);
}

/**
 * @param {Point} a
 * @param {Point} b
 * @returns {Rectangle}
 */
function between(a, b) {
  return {
    top: Math.min(a.y, b.y),
    left: Math.min(a.x, b.x),
    bottom: Math.max(a.y, b.y),
    right: Math.max(a.x, b.x),
  };
}

customElements.define('convscope-frame', PictureFrame);
