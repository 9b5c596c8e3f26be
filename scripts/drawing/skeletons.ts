/** The ways we write the ten digits: strokes through points in a box of width and height 1, y downwards. */
export interface Stroke {
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Through the points by a curve, or from point to point by straight lines. */
  readonly bends: boolean;
}

/** Points as "x,y x,y" in hundredths of the box. */
const curve = (points: string): Stroke => ({ points: parse(points), bends: true });
const lines = (points: string): Stroke => ({ points: parse(points), bends: false });

function parse(points: string): [number, number][] {
  return points.split(' ').map((point) => {
    const [x, y] = point.split(',').map(Number);
    return [x! / 100, y! / 100];
  });
}

/** Several hands for each digit. */
export const skeletons: readonly (readonly (readonly Stroke[])[])[] = [
  // 0
  [
    [curve('50,2 22,18 14,50 24,85 50,98 76,84 86,50 76,16 50,2')],
    [curve('56,4 34,14 26,46 30,82 46,97 64,86 72,50 68,16 50,3')],
    [curve('66,10 42,4 16,30 16,68 38,96 68,90 88,56 80,20 58,6')],
  ],
  // 1
  [
    [lines('50,2 50,98')],
    [lines('36,20 54,2 52,98')],
    [lines('32,24 52,3 52,97'), lines('30,97 74,97')],
    [curve('62,2 54,40 42,98')],
  ],
  // 2
  [
    [curve('16,26 32,6 60,3 80,20 76,44 50,70 14,96'), lines('14,96 86,95')],
    [curve('20,20 46,2 76,14 76,40 46,72 20,90 30,82 56,92 88,90')],
    [curve('22,14 56,3 74,22 60,52 20,94 50,90 82,96')],
  ],
  // 3
  [
    [curve('20,12 48,2 76,14 72,36 44,47'), curve('44,47 76,58 80,82 52,98 18,88')],
    [lines('20,5 76,5 44,42'), curve('44,42 76,52 80,80 50,97 18,88')],
    [curve('24,8 62,4 74,24 42,44 74,60 72,88 40,97 16,84')],
  ],
  // 4
  [
    [lines('26,4 16,60 86,58'), lines('68,6 64,98')],
    [lines('62,2 12,64 88,62'), lines('62,2 62,98')],
    [curve('22,6 18,40 34,52 72,44'), lines('76,4 70,98')],
  ],
  // 5
  [
    [lines('78,4 30,5 24,44'), curve('24,44 54,36 80,54 76,82 48,97 16,88')],
    [curve('80,6 50,6 32,8 26,40 56,42 78,64 66,92 36,96 16,86')],
    [lines('28,10 24,46'), curve('24,46 62,42 78,70 54,95 20,90'), lines('28,8 84,4')],
  ],
  // 6
  [
    [curve('68,3 38,24 20,60 26,90 52,98 78,82 72,58 48,50 24,68')],
    [curve('52,2 30,34 24,72 42,97 68,92 74,66 54,52 26,66')],
    [curve('78,10 50,8 24,36 18,76 42,98 74,88 76,60 46,52 20,74')],
  ],
  // 7
  [
    [lines('16,6 84,6 42,98')],
    [lines('18,8 82,5 44,98'), lines('32,52 76,48')],
    [curve('16,12 44,6 84,6 62,44 46,98')],
    [lines('18,22 20,6 84,5 40,98')],
  ],
  // 8
  [
    [curve('74,16 48,2 24,18 36,42 66,58 78,82 50,98 22,82 36,58 66,40 76,18 66,8')],
    [
      curve('50,2 28,12 30,36 50,46 72,36 72,12 50,2'),
      curve('50,46 22,58 20,86 50,98 80,86 78,58 50,46'),
    ],
    [curve('72,8 40,6 30,26 60,50 70,80 46,97 26,80 42,54 72,26 70,6')],
  ],
  // 9
  [
    [curve('74,26 56,4 28,14 26,40 50,50 72,32'), lines('74,20 68,98')],
    [curve('74,20 46,2 22,22 34,48 64,42 76,18 76,56 62,88 30,97')],
    [curve('70,10 42,6 24,32 44,50 70,34 74,8 66,50 56,98')],
  ],
];
