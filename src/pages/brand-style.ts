import type { Brand } from '../config.js';
import { BLACK, WHITE, contrast, mix, parseColor, toHex, type Color } from './color.js';

/** The backgrounds that accent-coloured text stands on; the same as `--wash` with the default accent in gatehouse.css. */
const GROUND = { light: [238, 235, 228], dark: [36, 40, 46] } as const satisfies Record<string, Color>;

/** WCAG 2.2, 1.4.3. */
const LEGIBLE = 4.5;

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
    throw new Error(
      `The brand's accent colour (${theme}) must look like #17594a, rgb(23 89 74) or hsl(166 59% 22%).`,
    );
  }
  return color;
}

/** `towards`: where a colour becomes more legible on this ground. */
function properties(accent: Color, ground: Color, towards: Color): string {
  const on = contrast(accent, WHITE) >= LEGIBLE ? WHITE : BLACK;
  const away = on === WHITE ? BLACK : WHITE;
  let ink = accent;
  for (let share = 0; contrast(ink, ground) < LEGIBLE && share <= 1; share += 0.05)
    ink = mix(towards, accent, share);
  return Object.entries({
    accent,
    'on-accent': on,
    'accent-strong': mix(away, accent, 0.14),
    'accent-ink': ink,
  })
    .map(([name, color]) => `--${name}:${toHex(color)}`)
    .join(';');
}
