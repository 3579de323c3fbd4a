import js from '@eslint/js';
import globals from 'globals';

export default [
  {
    ignores: [
      'dist/',
      'node_modules/',
      'target/',
      'test-results/',
      'www/examples/reveal/',
      'www/models/',
      'www/wasm/',
    ],
  },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML'].map((property) => ({
          property,
          message: 'Names come from strangers: build nodes and set their text.',
        })),
      ],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['www/*.js', 'www/js/page/**/*.js', 'integrations/**/*.js'],
    languageOptions: { globals: globals.browser },
  },
  {
    files: ['www/js/shared/**/*.js'],
    languageOptions: { globals: globals['shared-node-browser'] },
  },
  {
    files: ['www/js/worker/**/*.js'],
    languageOptions: { globals: { ...globals.worker, OffscreenCanvas: 'readonly' } },
  },
  {
    files: ['bench/**/*.{js,mjs}', 'tests/**/*.{js,mjs}', 'tools/**/*.{js,mjs}'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: { 'no-console': 'off' },
  },
  {
    files: ['tools/site/*.js'],
    languageOptions: { globals: globals.serviceworker },
  },
];
