import sharp from 'sharp';
import type { Random } from '../../src/random.ts';

const at = (x: number, y: number): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** A whole grey picture that shows no ink at all, encoded as somebody might send it. */
export interface Picture {
  readonly name: string;
  draw(random: Random): Promise<Buffer>;
}

const shade = (level: number): string => {
  const value = Math.round(Math.min(255, Math.max(0, level)));
  return `rgb(${value},${value},${value})`;
};

/** Things as a camera sees them: ground and sky, trunks, walls with windows, a head before a wall, fruit; with grain. */
const photographs: Picture = {
  name: 'photographs',
  async draw(random) {
    const [width, height] = [240 + random.integer(120), 200 + random.integer(120)];
    const scene = [landscape, wall, portrait, stillLife][random.integer(4)]!(random, width, height);
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${scene}</svg>`;
    const image = sharp(Buffer.from(svg)).toColourspace('b-w').removeAlpha();
    const { data } = await image
      .blur(0.6 + random.next() * 1.5)
      .raw()
      .toBuffer({ resolveWithObject: true });
    const grain = 3 + random.next() * 12;
    const pixels = Uint8Array.from(data, (value) =>
      Math.min(255, Math.max(0, value + random.normal() * grain)),
    );
    return sharp(pixels, { raw: { width, height, channels: 1 } })
      .jpeg({ quality: 60 + random.integer(35) })
      .toBuffer();
  },
};

type Scene = (random: Random, width: number, height: number) => string;

const landscape: Scene = (random, width, height) => {
  const parts = [
    `<rect width="${width}" height="${height}" fill="${shade(150 + random.next() * 100)}"/>`,
  ];
  const hills = 2 + random.integer(4);
  for (let hill = 0; hill < hills; hill += 1) {
    const y = height * (0.3 + (0.6 * (hill + random.next())) / hills);
    const points = Array.from({ length: 9 }, (_, i) =>
      at((i * width) / 8, y + random.normal() * height * 0.06),
    );
    parts.push(
      `<path d="M0 ${height} L${points.join(' L')} L${width} ${height} Z" fill="${shade(170 - hill * 35 + random.normal() * 25)}"/>`,
    );
  }
  const trees = random.integer(8);
  for (let tree = 0; tree < trees; tree += 1) {
    const [x, y, size] = [
      random.next() * width,
      height * (0.45 + random.next() * 0.4),
      8 + random.next() * 40,
    ];
    parts.push(
      `<ellipse cx="${x}" cy="${y}" rx="${size * 0.6}" ry="${size}" fill="${shade(random.next() * 90)}"/>`,
    );
  }
  return parts.join('');
};

const wall: Scene = (random, width, height) => {
  const parts = [
    `<rect width="${width}" height="${height}" fill="${shade(90 + random.next() * 140)}"/>`,
  ];
  const [columns, rows] = [1 + random.integer(5), 1 + random.integer(5)];
  const [dark, light] = [random.next() * 80, 60 + random.next() * 140];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const [w, h] = [width / columns, height / rows];
      const fill = shade(random.integer(4) === 0 ? light : dark + random.normal() * 15);
      parts.push(
        `<rect x="${(column + 0.2) * w}" y="${(row + 0.2) * h}" width="${w * 0.6}" height="${h * 0.62}" fill="${fill}"/>`,
      );
    }
  }
  if (random.integer(2) === 0) {
    parts.push(
      `<path d="M0 ${height * 0.85} H${width} V${height} H0 Z" fill="${shade(random.next() * 120)}"/>`,
    );
  }
  return parts.join('');
};

const portrait: Scene = (random, width, height) => {
  const [x, y, r] = [
    width * (0.35 + random.next() * 0.3),
    height * 0.42,
    height * (0.18 + random.next() * 0.1),
  ];
  const [skin, hair, coat] = [110 + random.next() * 110, random.next() * 90, random.next() * 160];
  return [
    `<rect width="${width}" height="${height}" fill="${shade(60 + random.next() * 180)}"/>`,
    `<ellipse cx="${x}" cy="${height}" rx="${r * 2.2}" ry="${r * 1.8}" fill="${shade(coat)}"/>`,
    `<ellipse cx="${x}" cy="${y - r * 0.25}" rx="${r * 1.05}" ry="${r * 1.2}" fill="${shade(hair)}"/>`,
    `<ellipse cx="${x}" cy="${y}" rx="${r * 0.8}" ry="${r}" fill="${shade(skin)}"/>`,
    `<circle cx="${x - r * 0.3}" cy="${y - r * 0.1}" r="${r * 0.1}" fill="${shade(30)}"/>`,
    `<circle cx="${x + r * 0.3}" cy="${y - r * 0.1}" r="${r * 0.1}" fill="${shade(30)}"/>`,
    `<path d="M${at(x - r * 0.3, y + r * 0.5)} q${r * 0.3} ${r * 0.15} ${r * 0.6} 0" stroke="${shade(skin * 0.5)}" stroke-width="${r * 0.1}" fill="none"/>`,
  ].join('');
};

const stillLife: Scene = (random, width, height) => {
  const parts = [
    `<rect width="${width}" height="${height}" fill="${shade(130 + random.next() * 110)}"/>`,
    `<rect y="${height * 0.65}" width="${width}" height="${height * 0.35}" fill="${shade(50 + random.next() * 100)}"/>`,
  ];
  const things = 3 + random.integer(5);
  for (let thing = 0; thing < things; thing += 1) {
    const [x, size] = [width * random.next(), height * (0.08 + random.next() * 0.18)];
    const level = random.next() * 220;
    parts.push(
      `<ellipse cx="${x}" cy="${height * 0.7 - size * 0.4}" rx="${size}" ry="${size * (0.7 + random.next() * 0.6)}" fill="${shade(level)}"/>`,
    );
    parts.push(
      `<ellipse cx="${x - size * 0.3}" cy="${height * 0.7 - size * 0.7}" rx="${size * 0.3}" ry="${size * 0.2}" fill="${shade(level + 60)}"/>`,
    );
  }
  return parts.join('');
};

/** Black on one side, white on the other. */
const halves: Picture = {
  name: 'half black, half white',
  async draw(random) {
    const side = 100 + random.integer(200);
    const cut = side * (0.4 + random.next() * 0.2);
    const [isUpright, isFirst] = [random.integer(2) === 0, random.integer(2) === 0];
    const pixels = Uint8Array.from({ length: side * side }, (_, i) => {
      const along = isUpright ? i % side : Math.floor(i / side);
      return along < cut === isFirst ? 0 : 255;
    });
    return sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
      .png()
      .toBuffer();
  },
};

export const pictures: readonly Picture[] = [photographs, halves];
