/** What the page of a notebook loads once: `<conv-scope>`, with the files of inlined.js beside it. */

import '../../../www/convscope.js';
