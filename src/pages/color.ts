/** sRGB, each 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

export const BLACK: Color = [0, 0, 0];
export const WHITE: Color = [255, 255, 255];

/** Reads `#rgb`, `#rrggbb`, `rgb(…)` and `hsl(…)` (opaque, comma or space separated); undefined for anything else. */
export function parseColor(text: string): Color | undefined {
  const value = text.trim().toLowerCase();
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/.exec(value)?.[1];
  if (hex) {
    const full = hex.length === 3 ? hex.replace(/./g, '$&$&') : hex;
    return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16)) as unknown as Color;
  }
  const numbers = /^(rgb|hsl)\(\s*([\d.]+)(?:deg)?[\s,]+([\d.]+)%?[\s,]+([\d.]+)%?\s*\)$/.exec(value);
  if (!numbers) return undefined;
  const [first, second, third] = numbers.slice(2).map(Number) as [number, number, number];
  const percentages = (value.match(/%/g) ?? []).length;
  if (numbers[1] === 'rgb') {
    const valid = percentages === 0 && [first, second, third].every((part) => part <= 255);
    return valid ? [Math.round(first), Math.round(second), Math.round(third)] : undefined;
  }
  return percentages === 2 && second <= 100 && third <= 100
    ? fromHsl(first % 360, second / 100, third / 100)
    : undefined;
}

/** CSS Color 4, section 7.1. */
function fromHsl(hue: number, saturation: number, lightness: number): Color {
  const channel = (offset: number) => {
    const k = (offset + hue / 30) % 12;
    const reach = saturation * Math.min(lightness, 1 - lightness);
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

export function toHex(color: Color): string {
  return `#${color.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** `share` of `over`, the rest of `under`. */
export function mix(over: Color, under: Color, share: number): Color {
  return over.map((part, index) =>
    Math.round(part * share + under[index]! * (1 - share)),
  ) as unknown as Color;
}

/** Contrast ratio, 1 to 21 (WCAG 2.2, relative luminance). */
export function contrast(a: Color, b: Color): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: Color): number {
  const [red, green, blue] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
