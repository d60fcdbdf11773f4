// How well one colour can be read on another, as WCAG 2 counts it: 4.5 and more is right for text.

type Rgb = readonly [number, number, number];

export function hex(colour: string): Rgb {
  const [, r = "", g = "", b = ""] = /^#(..)(..)(..)$/.exec(colour) ?? [];
  return [parseInt(r, 16), parseInt(g, 16), parseInt(b, 16)];
}

/** `rgb(…)` as the browser computes it. */
export function computed(colour: string): Rgb {
  const [r = NaN, g = NaN, b = NaN] = [...colour.matchAll(/[\d.]+/g)].map(([number]) => Number(number));
  return [r, g, b];
}

export function contrast(a: Rgb, b: Rgb): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: Rgb): number {
  const [r = 0, g = 0, b = 0] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
