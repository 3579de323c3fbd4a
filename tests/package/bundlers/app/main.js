/** An application that uses the package, in whatever way it is brought to the browser. */

import 'convscope';
import { Engine } from 'convscope/engine';

Object.assign(window, { Engine });
