import { ConvScope } from './types/convscope.js';
import type { NodeInfo, PassInfo, Progress } from './types/js/shared/protocol.js';

export { ConvScope, ConvscopeError } from './types/convscope.js';
export type * from './types/js/shared/manifest.js';
export type * from './types/js/shared/protocol.js';

declare global {
  interface HTMLElementTagNameMap {
    'conv-scope': ConvScope;
  }
  interface HTMLElementEventMap {
    'convscope-progress': CustomEvent<Progress>;
    'convscope-layer': CustomEvent<{
      node: string;
      outputs: NodeInfo['outputs'];
      milliseconds: number;
    }>;
    'convscope-pass': CustomEvent<PassInfo>;
    'convscope-error': CustomEvent<import('./types/convscope.js').ConvscopeError>;
  }
}
