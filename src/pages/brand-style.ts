import type { Brand } from '../config.js';
import { BLACK, WHITE, contrast, mix, parseColor, toHex, type Color } from './color.js';

/** `--ground` of gatehouse.css and the share of accent that `--wash` adds to it: what accent-coloured text stands on. */
const GROUND = { light: [248, 246, 240], dark: [30, 33, 37] } as const satisfies Record<string, Color>;
const WASH = 0.08;

/** WCAG 2.2, 1.4.3. */
const LEGIBLE = 4.5;
/** The browser mixes colours in another space than we do; this much more makes up for it. */
const MARGIN = 0.4;

/**
 * The brand's colours as custom properties. Colours are read into numbers and written anew, so nothing that stands in
 * the configuration reaches the stylesheet as it is; what cannot be read is refused at start.
 */
export function brandStyle(accent: Brand['accent']): string {
  const light = properties(read('light', accent.light), GROUND.light, BLACK);
  const dark = properties(read('dark', accent.dark), GROUND.dark, WHITE);
  return `:root{${light}}@media (prefers-color-scheme:dark){:root{${dark}}}`;
}

function read(theme: string, text: string): Color {
  const color = parseColor(text);
  if (!color) {
    throw new Error(`The brand's accent colour (${theme}) must look like #17594a.`);
  }
  return color;
}

/** `towards`: where a colour becomes more legible on this ground. */
function properties(accent: Color, ground: Color, towards: Color): string {
  const on = contrast(accent, WHITE) >= LEGIBLE ? WHITE : BLACK;
  const away = on === WHITE ? BLACK : WHITE;
  const wash = mix(accent, ground, WASH);
  let ink = accent;
  for (let step = 1; step <= 20 && contrast(ink, wash) < LEGIBLE + MARGIN; step += 1) {
    ink = mix(towards, accent, step / 20);
  }
  return Object.entries({
    accent,
    'on-accent': on,
    'accent-strong': mix(away, accent, 0.14),
    'accent-ink': ink,
  })
    .map(([name, color]) => `--${name}:${toHex(color)}`)
    .join(';');
}
