/** A model's manifest, version 1; models/manifest.schema.json is its schema. */
export interface Manifest {
  $schema?: string;
  version: 1;
  title?: string;
  description?: string;
  /** An SPDX expression. */
  licence?: string;
  source?: string;
  /** What kind of picture the model is for; photos if nothing is said. */
  picture?: 'photo' | 'drawing';
  input: {
    name: string;
    layout: 'NCHW' | 'NHWC';
    width: number;
    height: number;
    fit: 'squash' | 'crop' | 'pad';
    resampling: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos';
    channels: 'rgb' | 'bgr' | 'grey';
    scale: number;
    mean: number[];
    std: number[];
  };
  prediction?: { output: string; kind: 'sigmoid' | 'softmax' | 'logits' };
  labels?: string[];
  layers?: string[];
}
