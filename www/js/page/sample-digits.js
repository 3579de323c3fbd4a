/** Digits to begin with, written by hand: SVG paths on a drawing pad, one a stroke. */

/** @type {{ digit: string, paths: string[] }[]} */
export const SAMPLE_DIGITS = [
  { digit: '2', paths: ['M142 98C148 38 252 36 252 104C252 152 186 196 138 244L268 240'] },
  {
    digit: '3',
    paths: [
      'M146 76C178 34 256 46 248 104C242 140 204 147 184 147C226 146 264 168 257 208C247 260 164 262 140 226',
    ],
  },
  { digit: '4', paths: ['M188 54C176 98 156 136 138 168L270 164', 'M234 104L224 252'] },
  { digit: '7', paths: ['M138 68C180 64 222 64 262 62C232 122 208 182 190 248'] },
  {
    digit: '8',
    paths: [
      'M246 84C214 42 150 58 164 108C176 150 256 158 252 208C248 262 156 262 156 206C158 160 252 142 246 84',
    ],
  },
];
