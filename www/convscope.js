/**
 * Convscope as a module: defines `<conv-scope>`. Every address in it is relative to its own, so it works from any
 * static host, and in pages of another origin than its own.
 */

import { ConvScope } from './js/page/elements/conv-scope.js';

export { ConvscopeError } from './js/page/errors.js';
export { ConvScope };

if (!customElements.get('conv-scope')) customElements.define('conv-scope', ConvScope);
