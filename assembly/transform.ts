/**
 * The inverse transform of a block of coefficients, by the arithmetic that libjpeg's accurate decoder has with vectors: numbers of 16
 * bits, sums of 32, and between the passes what lies beyond 16 bits is cut off. A factor has thirteen binary places.
 */

/** Factors for two numbers that lie beside each other. */
function pair(first: i32, second: i32): v128 {
  return i32x4.splat((second << 16) | (first & 0xffff));
}

/** The first four numbers of both, in turns. */
function low(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

/** The last four numbers of both, in turns. */
function high(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** Thirteen more binary places for the first four numbers, and for the last four. */
function lowScaled(a: v128): v128 {
  return i32x4.shl(i32x4.extend_low_i16x8_s(a), 13);
}

function highScaled(a: v128): v128 {
  return i32x4.shl(i32x4.extend_high_i16x8_s(a), 13);
}

/** The places that a pass takes off: the first leaves two of them, the second those and three for the size of a block. */
const FIRST: i32 = 11;
const SECOND: i32 = 18;

/** What is added so that these are rounded. */
function half<Out>(): v128 {
  return i32x4.splat(1 << ((sizeof<Out>() === 2 ? FIRST : SECOND) - 1));
}

function cut<Out>(sum: v128): v128 {
  return i32x4.shr_s(sum, sizeof<Out>() === 2 ? FIRST : SECOND);
}

/** Eight columns of eight: the first pass (i16) leaves them lying, in the block; the second (u8) leaves pixels. */
function transform<Out>(block: usize, to: usize, stride: i32): void {
  const in0 = v128.load(block);
  const in1 = v128.load(block, 16);
  const in2 = v128.load(block, 32);
  const in3 = v128.load(block, 48);
  const in4 = v128.load(block, 64);
  const in5 = v128.load(block, 80);
  const in6 = v128.load(block, 96);
  const in7 = v128.load(block, 112);
  const round = half<Out>();

  const sum = i16x8.add(in0, in4);
  const gap = i16x8.sub(in0, in4);
  const low26 = low(in2, in6);
  const high26 = high(in2, in6);
  const lowTurned = i32x4.dot_i16x8_s(low26, pair(10703, 4433));
  const highTurned = i32x4.dot_i16x8_s(high26, pair(10703, 4433));
  const lowTurned2 = i32x4.dot_i16x8_s(low26, pair(4433, -10704));
  const highTurned2 = i32x4.dot_i16x8_s(high26, pair(4433, -10704));
  const lowSum = i32x4.add(lowScaled(sum), round);
  const highSum = i32x4.add(highScaled(sum), round);
  const lowGap = i32x4.add(lowScaled(gap), round);
  const highGap = i32x4.add(highScaled(gap), round);

  const sum73 = i16x8.add(in7, in3);
  const sum51 = i16x8.add(in5, in1);
  const lowSums = low(sum73, sum51);
  const highSums = high(sum73, sum51);
  const low3 = i32x4.dot_i16x8_s(lowSums, pair(-6436, 9633));
  const high3 = i32x4.dot_i16x8_s(highSums, pair(-6436, 9633));
  const low4 = i32x4.dot_i16x8_s(lowSums, pair(9633, 6437));
  const high4 = i32x4.dot_i16x8_s(highSums, pair(9633, 6437));
  const low71 = low(in7, in1);
  const high71 = high(in7, in1);
  const low53 = low(in5, in3);
  const high53 = high(in5, in3);

  let lowEven = i32x4.add(lowSum, lowTurned);
  let highEven = i32x4.add(highSum, highTurned);
  let lowOdd = i32x4.add(i32x4.dot_i16x8_s(low71, pair(-7373, 4926)), low4);
  let highOdd = i32x4.add(i32x4.dot_i16x8_s(high71, pair(-7373, 4926)), high4);
  const out0 = added<Out>(lowEven, lowOdd, highEven, highOdd);
  const out7 = taken<Out>(lowEven, lowOdd, highEven, highOdd);
  lowEven = i32x4.add(lowGap, lowTurned2);
  highEven = i32x4.add(highGap, highTurned2);
  lowOdd = i32x4.add(i32x4.dot_i16x8_s(low53, pair(-20995, 4177)), low3);
  highOdd = i32x4.add(i32x4.dot_i16x8_s(high53, pair(-20995, 4177)), high3);
  const out1 = added<Out>(lowEven, lowOdd, highEven, highOdd);
  const out6 = taken<Out>(lowEven, lowOdd, highEven, highOdd);
  lowEven = i32x4.sub(lowGap, lowTurned2);
  highEven = i32x4.sub(highGap, highTurned2);
  lowOdd = i32x4.add(i32x4.dot_i16x8_s(low53, pair(-4176, -20995)), low4);
  highOdd = i32x4.add(i32x4.dot_i16x8_s(high53, pair(-4176, -20995)), high4);
  const out2 = added<Out>(lowEven, lowOdd, highEven, highOdd);
  const out5 = taken<Out>(lowEven, lowOdd, highEven, highOdd);
  lowEven = i32x4.sub(lowSum, lowTurned);
  highEven = i32x4.sub(highSum, highTurned);
  lowOdd = i32x4.add(i32x4.dot_i16x8_s(low71, pair(-4927, -7373)), low3);
  highOdd = i32x4.add(i32x4.dot_i16x8_s(high71, pair(-4927, -7373)), high3);
  const out3 = added<Out>(lowEven, lowOdd, highEven, highOdd);
  const out4 = taken<Out>(lowEven, lowOdd, highEven, highOdd);

  if (sizeof<Out>() === 2) turnInto(block, out0, out1, out2, out3, out4, out5, out6, out7);
  else draw(to, stride, out0, out1, out2, out3, out4, out5, out6, out7);
}

function added<Out>(a: v128, b: v128, c: v128, d: v128): v128 {
  return i16x8.narrow_i32x4_s(cut<Out>(i32x4.add(a, b)), cut<Out>(i32x4.add(c, d)));
}

function taken<Out>(a: v128, b: v128, c: v128, d: v128): v128 {
  return i16x8.narrow_i32x4_s(cut<Out>(i32x4.sub(a, b)), cut<Out>(i32x4.sub(c, d)));
}

/** The first two of the four numbers of 32 bits of both, in turns. */
function lowPairs(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 4, 1, 5);
}

function highPairs(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 2, 6, 3, 7);
}

/** Eight lines of eight numbers become columns. */
function turnInto(
  to: usize,
  line0: v128,
  line1: v128,
  line2: v128,
  line3: v128,
  line4: v128,
  line5: v128,
  line6: v128,
  line7: v128,
): void {
  let first = low(line0, line1);
  let second = low(line2, line3);
  let third = low(line4, line5);
  let fourth = low(line6, line7);
  storeTurned(to, first, second, third, fourth);
  first = high(line0, line1);
  second = high(line2, line3);
  third = high(line4, line5);
  fourth = high(line6, line7);
  storeTurned(to + 64, first, second, third, fourth);
}

function storeTurned(to: usize, first: v128, second: v128, third: v128, fourth: v128): void {
  let above = lowPairs(first, second);
  let below = lowPairs(third, fourth);
  v128.store(to, v128.shuffle<i64>(above, below, 0, 2));
  v128.store(to, v128.shuffle<i64>(above, below, 1, 3), 16);
  above = highPairs(first, second);
  below = highPairs(third, fourth);
  v128.store(to, v128.shuffle<i64>(above, below, 0, 2), 32);
  v128.store(to, v128.shuffle<i64>(above, below, 1, 3), 48);
}

/** Columns of eight levels around 0 become lines of pixels. */
function draw(
  to: usize,
  stride: i32,
  column0: v128,
  column1: v128,
  column2: v128,
  column3: v128,
  column4: v128,
  column5: v128,
  column6: v128,
  column7: v128,
): void {
  let even = i8x16.narrow_i16x8_s(column0, column2);
  let odd = i8x16.narrow_i16x8_s(column1, column3);
  const left = lowBytes(even, odd);
  const left2 = highBytes(even, odd);
  even = i8x16.narrow_i16x8_s(column4, column6);
  odd = i8x16.narrow_i16x8_s(column5, column7);
  const right = lowBytes(even, odd);
  const right2 = highBytes(even, odd);
  const middle = i8x16.splat(-128);
  let above = v128.xor(low(left, left2), middle);
  let below = v128.xor(low(right, right2), middle);
  to = storeLines(to, stride, lowPairs(above, below));
  to = storeLines(to, stride, highPairs(above, below));
  above = v128.xor(high(left, left2), middle);
  below = v128.xor(high(right, right2), middle);
  to = storeLines(to, stride, lowPairs(above, below));
  storeLines(to, stride, highPairs(above, below));
}

function storeLines(to: usize, stride: i32, lines: v128): usize {
  v128.store64_lane(to, lines, 0);
  v128.store64_lane(to + stride, lines, 1);
  return to + (stride << 1);
}

function lowBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

function highBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** The same of a block of which only the first four lines and columns hold anything. */
function transformCorner(block: usize, to: usize, stride: i32): void {
  const round = half<i16>();
  let zeroTwo = low(v128.load(block), v128.load(block, 32));
  let oneThree = low(v128.load(block, 16), v128.load(block, 48));
  let even = i32x4.add(i32x4.dot_i16x8_s(zeroTwo, pair(8192, 10703)), round);
  let odd = i32x4.dot_i16x8_s(oneThree, pair(11363, 9633));
  const sum0 = cut<i16>(i32x4.add(even, odd));
  const sum7 = cut<i16>(i32x4.sub(even, odd));
  even = i32x4.add(i32x4.dot_i16x8_s(zeroTwo, pair(8192, 4433)), round);
  odd = i32x4.dot_i16x8_s(oneThree, pair(9633, -2259));
  const sum1 = cut<i16>(i32x4.add(even, odd));
  const sum6 = cut<i16>(i32x4.sub(even, odd));
  even = i32x4.add(i32x4.dot_i16x8_s(zeroTwo, pair(8192, -4433)), round);
  odd = i32x4.dot_i16x8_s(oneThree, pair(6437, -11362));
  const sum2 = cut<i16>(i32x4.add(even, odd));
  const sum5 = cut<i16>(i32x4.sub(even, odd));
  even = i32x4.add(i32x4.dot_i16x8_s(zeroTwo, pair(8192, -10703)), round);
  odd = i32x4.dot_i16x8_s(oneThree, pair(2260, -6436));
  const sum3 = cut<i16>(i32x4.add(even, odd));
  const sum4 = cut<i16>(i32x4.sub(even, odd));

  // Four columns, of which each is a vector.
  const line01 = i16x8.narrow_i32x4_s(sum0, sum1);
  const line23 = i16x8.narrow_i32x4_s(sum2, sum3);
  const line45 = i16x8.narrow_i32x4_s(sum4, sum5);
  const line67 = i16x8.narrow_i32x4_s(sum6, sum7);
  const even03 = low(line01, line23);
  const odd03 = high(line01, line23);
  const even47 = low(line45, line67);
  const odd47 = high(line45, line67);
  const above01 = low(even03, odd03);
  const above23 = high(even03, odd03);
  const below01 = low(even47, odd47);
  const below23 = high(even47, odd47);
  const in0 = v128.shuffle<i64>(above01, below01, 0, 2);
  const in1 = v128.shuffle<i64>(above01, below01, 1, 3);
  const in2 = v128.shuffle<i64>(above23, below23, 0, 2);
  const in3 = v128.shuffle<i64>(above23, below23, 1, 3);

  zeroTwo = low(in0, in2);
  oneThree = low(in1, in3);
  const zeroTwo2 = high(in0, in2);
  const oneThree2 = high(in1, in3);
  const round2 = half<u8>();
  even = i32x4.add(i32x4.dot_i16x8_s(zeroTwo, pair(8192, 10703)), round2);
  odd = i32x4.dot_i16x8_s(oneThree, pair(11363, 9633));
  let even2 = i32x4.add(i32x4.dot_i16x8_s(zeroTwo2, pair(8192, 10703)), round2);
  let odd2 = i32x4.dot_i16x8_s(oneThree2, pair(11363, 9633));
  const out0 = added<u8>(even, odd, even2, odd2);
  const out7 = taken<u8>(even, odd, even2, odd2);
  even = i32x4.add(i32x4.dot_i16x8_s(zeroTwo, pair(8192, 4433)), round2);
  odd = i32x4.dot_i16x8_s(oneThree, pair(9633, -2259));
  even2 = i32x4.add(i32x4.dot_i16x8_s(zeroTwo2, pair(8192, 4433)), round2);
  odd2 = i32x4.dot_i16x8_s(oneThree2, pair(9633, -2259));
  const out1 = added<u8>(even, odd, even2, odd2);
  const out6 = taken<u8>(even, odd, even2, odd2);
  even = i32x4.add(i32x4.dot_i16x8_s(zeroTwo, pair(8192, -4433)), round2);
  odd = i32x4.dot_i16x8_s(oneThree, pair(6437, -11362));
  even2 = i32x4.add(i32x4.dot_i16x8_s(zeroTwo2, pair(8192, -4433)), round2);
  odd2 = i32x4.dot_i16x8_s(oneThree2, pair(6437, -11362));
  const out2 = added<u8>(even, odd, even2, odd2);
  const out5 = taken<u8>(even, odd, even2, odd2);
  even = i32x4.add(i32x4.dot_i16x8_s(zeroTwo, pair(8192, -10703)), round2);
  odd = i32x4.dot_i16x8_s(oneThree, pair(2260, -6436));
  even2 = i32x4.add(i32x4.dot_i16x8_s(zeroTwo2, pair(8192, -10703)), round2);
  odd2 = i32x4.dot_i16x8_s(oneThree2, pair(2260, -6436));
  const out3 = added<u8>(even, odd, even2, odd2);
  const out4 = taken<u8>(even, odd, even2, odd2);
  draw(to, stride, out0, out1, out2, out3, out4, out5, out6, out7);
}

/** Places of a block outside of its first four lines and columns have one of these bits. */
const OUTSIDE: i32 = 4 | 32;

/**
 * Draws a block of 64 coefficients of 16 bits into a plane, and leaves zeros in it. `places` has the bits of all places where
 * there is something.
 */
export function drawBlock(block: usize, places: i32, to: usize, stride: i32): void {
  if (places === 0) {
    const level = min(255, max(0, ((((<i32>load<i16>(block)) << 2) + 16) >> 5) + 128));
    store<i16>(block, 0);
    const line = i8x16.splat(<i8>level);
    for (let y: i32 = 0; y < 8; y += 1, to += stride) v128.store64_lane(to, line, 0);
    return;
  }
  const zeros = i32x4.splat(0);
  if ((places & OUTSIDE) === 0) {
    transformCorner(block, to, stride);
  } else {
    transform<i16>(block, 0, 0);
    transform<u8>(block, to, stride);
    for (let at: usize = block + 64; at < block + 128; at += 16) v128.store(at, zeros);
  }
  for (let at: usize = block; at < block + 64; at += 16) v128.store(at, zeros);
}
