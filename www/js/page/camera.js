/** The camera: what it sees, frame by frame. */

import { ConvscopeError } from './errors.js';
import { strings } from './strings.js';

/** Pixels that are asked for; networks take fewer. */
const SIZE = { width: { ideal: 640 }, height: { ideal: 480 } };

/** Why there is no stream, by the names of what browsers throw. @type {Record<string, string>} */
const REASONS = {
  NotAllowedError: strings.cameraRefused,
  SecurityError: strings.cameraRefused,
  NotFoundError: strings.noCamera,
  OverconstrainedError: strings.noCamera,
  NotReadableError: strings.cameraBusy,
  AbortError: strings.cameraBusy,
};

/**
 * A camera that is on. A camera that faces the person shows them as a mirror does, in the video as in the pixels, so that
 * what lies on the picture fits both.
 */
export class Camera {
  #stream;
  #context;
  #lifetime = new AbortController();
  /** What it sees, to be shown. */
  video;
  isMirrored;

  /**
   * @param {MediaStream} stream
   * @param {HTMLVideoElement} video plays it
   */
  constructor(stream, video) {
    const { signal } = this.#lifetime;
    // Nobody is to be watched through a page that they do not see.
    const stopIfHidden = () => document.hidden && this.stop();
    document.addEventListener('visibilitychange', stopIfHidden, { signal });
    for (const track of stream.getTracks()) {
      track.addEventListener('ended', () => this.stop(), { signal });
    }
    const canvas = document.createElement('canvas');
    this.#stream = stream;
    this.#context = /** @type {CanvasRenderingContext2D} */ (
      canvas.getContext('2d', { willReadFrequently: true })
    );
    this.video = video;
    this.isMirrored = this.#track?.getSettings().facingMode !== 'environment';
    video.classList.toggle('mirrored', this.isMirrored);
  }

  /**
   * Asks the person for their camera.
   *
   * @returns {Promise<Camera>} once there is a frame
   * @throws {ConvscopeError} `no-camera`
   */
  static async open() {
    try {
      // Browsers keep it from pages that are not secure.
      if (!navigator.mediaDevices) throw new ConvscopeError('no-camera', strings.insecureCamera);
      const stream = await navigator.mediaDevices.getUserMedia({ video: SIZE });
      const video = document.createElement('video');
      Object.assign(video, { srcObject: stream, muted: true, playsInline: true });
      await video.play();
      return new Camera(stream, video);
    } catch (error) {
      if (error instanceof ConvscopeError) throw error;
      const { name, message } = /** @type {Error} */ (error);
      throw new ConvscopeError('no-camera', REASONS[name] ?? message);
    }
  }

  get #track() {
    return this.#stream.getVideoTracks()[0];
  }

  /** Whether it has been turned off, by whomever. */
  get isOver() {
    return this.#lifetime.signal.aborted;
  }

  /** Resolves when it sees something else, or is over. */
  nextFrame() {
    return new Promise((resolve) => {
      if (this.isOver) return resolve(null);
      this.#lifetime.signal.addEventListener('abort', resolve, { once: true });
      this.video.requestVideoFrameCallback(resolve);
    });
  }

  /** What it sees at present. */
  frame() {
    const { videoWidth: width, videoHeight: height } = this.video;
    const { canvas } = this.#context;
    Object.assign(canvas, { width, height });
    this.#context.setTransform(this.isMirrored ? -1 : 1, 0, 0, 1, this.isMirrored ? width : 0, 0);
    this.#context.drawImage(this.video, 0, 0);
    return this.#context.getImageData(0, 0, width, height);
  }

  /** Turns it off. */
  stop() {
    for (const track of this.#stream.getTracks()) track.stop();
    this.#lifetime.abort();
  }
}
