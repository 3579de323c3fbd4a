/** What the page shows if its query does not say. */
export const DEFAULTS = { model: 'models/cats-vs-dogs.onnx', image: 'samples/kitten.jpg' };
