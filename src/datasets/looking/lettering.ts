/** Pixels to be written upon: 8 bits a value, RGB, row by row. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export type Colour = readonly [red: number, green: number, blue: number];

/**
 * Letters of 5x7 pixels as character displays have them, from the blank to "~": for each its five columns, the lowest
 * bit on top. Fonts of the system are none that a small container would have.
 */
const LETTERS = `
  0000000000 00005F0000 0007000700 147F147F14 242A7F2A12 2313086462 3649562050 0008070300
  001C224100 0041221C00 2A1C7F1C2A 08083E0808 0080703000 0808080808 0000606000 2010080402
  3E5149453E 00427F4000 7249494946 2141494D33 1814127F10 2745454539 3C4A494931 4121110907
  3649494936 464949291E 0000140000 0040340000 0008142241 1414141414 0041221408 0201590906
  3E415D594E 7C1211127C 7F49494936 3E41414122 7F4141413E 7F49494941 7F09090901 3E41415173
  7F0808087F 00417F4100 2040413F01 7F08142241 7F40404040 7F021C027F 7F0408107F 3E4141413E
  7F09090906 3E4151215E 7F09192946 2649494932 03017F0103 3F4040403F 1F2040201F 3F4038403F
  6314081463 0304780403 6159494D43 007F414141 0204081020 004141417F 0402010204 4040404040
  0003070800 2054547840 7F28444438 3844444428 384444287F 3854545418 00087E0902 18A4A49C78
  7F08040478 00447D4000 2040403D00 7F10284400 00417F4000 7C04780478 7C08040478 3844444438
  FC18242418 18242418FC 7C08040408 4854545424 04043F4424 3C4040207C 1C2040201C 3C4030403C
  4428102844 4C9090907C 4464544C44 0008364100 0000770000 0041360800 0201020402
`
  .trim()
  .split(/\s+/);
/** What stands for all other characters. */
const BOX = '7F4141417F';
const FIRST = 0x20;
const COLUMNS = 5;
const ROWS = 8;
/** Of one letter and the gap behind it, before it is enlarged. */
const ADVANCE = COLUMNS + 1;

/** Writes one line, and cuts what does not fit between `left` and `right`. */
export function writeLine(
  canvas: Canvas,
  text: string,
  place: {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    /** How many pixels wide one of a letter becomes. */
    readonly scale: number;
    readonly colour: Colour;
  },
): void {
  const { left, top, right, scale, colour } = place;
  const room = Math.max(0, Math.floor((right - left) / (ADVANCE * scale)));
  const characters = Array.from(text.normalize('NFD').replaceAll(/\p{M}/gu, ''));
  const shown =
    characters.length > room
      ? [...characters.slice(0, Math.max(0, room - 2)), '.', '.']
      : characters;
  for (const [at, character] of shown.entries()) {
    const letter = LETTERS[(character.codePointAt(0) ?? 0) - FIRST] ?? BOX;
    for (let column = 0; column < COLUMNS; column += 1) {
      const bits = Number.parseInt(letter.slice(column * 2, column * 2 + 2), 16);
      for (let row = 0; row < ROWS; row += 1) {
        if ((bits >> row) % 2 === 0) continue;
        const x = left + (at * ADVANCE + column) * scale;
        fill(canvas, { x, y: top + row * scale, width: scale, height: scale }, colour);
      }
    }
  }
}

/** Fills a rectangle as far as it lies on the canvas. */
export function fill(
  { width, height, data }: Canvas,
  area: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  },
  colour: Colour,
): void {
  for (let y = Math.max(0, area.y); y < Math.min(height, area.y + area.height); y += 1) {
    for (let x = Math.max(0, area.x); x < Math.min(width, area.x + area.width); x += 1) {
      data.set(colour, (y * width + x) * 3);
    }
  }
}
