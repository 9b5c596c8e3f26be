/**
 * Rows of pixels from planes of lightness and chroma, by the arithmetic of libjpeg: chroma of half the size is blended with its
 * neighbours ("fancy upsampling", jdsample), colours are cut off at 0 and 255 (jdcolor), and grey is what PIL makes of them
 * (`toGrey` of src/image/raster.ts). Pixels are worked on sixteen at a time, those with even and those with odd places apart;
 * up to 31 bytes beyond the end of a row are read, and written.
 */

/** Numbers of 16 bits: bytes of even places, and of odd ones. */
function evens(bytes: v128): v128 {
  return v128.and(bytes, i16x8.splat(255));
}

function odds(bytes: v128): v128 {
  return i16x8.shr_u(bytes, 8);
}

function centred(chroma: v128): v128 {
  return i16x8.sub(chroma, i16x8.splat(128));
}

function inByte(value: v128): v128 {
  return i16x8.min_s(i16x8.max_s(value, i16x8.splat(0)), i16x8.splat(255));
}

function low(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

function high(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

function pair(first: i32, second: i32): v128 {
  return i32x4.splat((second << 16) | (first & 0xffff));
}

/** Y + 1.402 Cr. The factor of 15 binary places is exact for every Cr there is. */
function redOf(y: v128, cr: v128): v128 {
  const more = i16x8.q15mulr_sat_s(cr, i16x8.splat(13173));
  return inByte(i16x8.add(i16x8.add(y, cr), more));
}

/** Y + 1.772 Cb. */
function blueOf(y: v128, cb: v128): v128 {
  const less = i16x8.q15mulr_sat_s(cb, i16x8.splat(-7471));
  return inByte(i16x8.add(i16x8.add(y, i16x8.shl(cb, 1)), less));
}

/** Y - 0.34414 Cb - 0.71414 Cr; of the second factor 1 is left over. */
function greenOf(y: v128, cb: v128, cr: v128): v128 {
  const less = i16x8.narrow_i32x4_s(
    scaled(i32x4.dot_i16x8_s(low(cb, cr), pair(-22554, 18734))),
    scaled(i32x4.dot_i16x8_s(high(cb, cr), pair(-22554, 18734))),
  );
  return inByte(i16x8.add(i16x8.sub(y, cr), less));
}

function scaled(sum: v128): v128 {
  return i32x4.shr_s(i32x4.add(sum, i32x4.splat(0x8000)), 16);
}

/** The weight of green is given in two halves. */
function greyOf(red: v128, green: v128, blue: v128): v128 {
  const lowSum = i32x4.add(
    i32x4.dot_i16x8_s(low(red, green), pair(19595, 19235)),
    i32x4.dot_i16x8_s(low(blue, green), pair(7471, 19235)),
  );
  const highSum = i32x4.add(
    i32x4.dot_i16x8_s(high(red, green), pair(19595, 19235)),
    i32x4.dot_i16x8_s(high(blue, green), pair(7471, 19235)),
  );
  return i16x8.narrow_i32x4_s(scaled(lowSum), scaled(highSum));
}

function together(even: v128, odd: v128): v128 {
  return v128.or(even, i16x8.shl(odd, 8));
}

/** Three times the nearer row of chroma and once the farther. */
function sumAt(near: usize, far: usize): v128 {
  const nearer = v128.load8x8_u(near);
  return i16x8.add(i16x8.add(nearer, v128.load8x8_u(far)), i16x8.shl(nearer, 1));
}

/** What lies a number before eight of them, and a number behind. */
function before(previous: v128, these: v128): v128 {
  return v128.shuffle<i16>(previous, these, 7, 8, 9, 10, 11, 12, 13, 14);
}

function behind(these: v128, next: v128): v128 {
  return v128.shuffle<i16>(these, next, 1, 2, 3, 4, 5, 6, 7, 8);
}

/** Of 16 parts, three of the nearer neighbour and one of the farther. */
function blend(sum: v128, neighbour: v128, round: v128): v128 {
  const three = i16x8.add(i16x8.shl(sum, 1), sum);
  return centred(i16x8.shr_u(i16x8.add(i16x8.add(three, neighbour), round), 4));
}

/** Which loop is meant: one of each kind is compiled, and nothing is asked in it. */
type Grey = u8;
type Coloured = i8;
type Half = u8;
type Full = i8;

/**
 * A row of pixels, as three rows of colours that follow each other or as one of grey. `near` and `far` are rows of Cb, the same where
 * chroma is as high; those of Cr lie `toCr` behind them.
 */
function makeRow<Out, Chroma>(
  y: usize,
  near: usize,
  far: usize,
  toCr: usize,
  width: i32,
  evenRound: v128,
  oddRound: v128,
  to: usize,
  stride: i32,
): void {
  let cb = i32x4.splat(0);
  let cr = i32x4.splat(0);
  let cbNext = i32x4.splat(0);
  let crNext = i32x4.splat(0);
  if (!isSigned<Chroma>()) {
    cb = sumAt(near - 8, far - 8);
    cr = sumAt(near + toCr - 8, far + toCr - 8);
    cbNext = sumAt(near, far);
    crNext = sumAt(near + toCr, far + toCr);
  }
  for (let x: i32 = 0; x < width; x += 16, y += 16, to += 16) {
    let cbEven: v128;
    let cbOdd: v128;
    let crEven: v128;
    let crOdd: v128;
    if (isSigned<Chroma>()) {
      const blues = v128.load(near);
      const reds = v128.load(near + toCr);
      cbEven = centred(evens(blues));
      cbOdd = centred(odds(blues));
      crEven = centred(evens(reds));
      crOdd = centred(odds(reds));
      near += 16;
    } else {
      near += 8;
      far += 8;
      const cbBefore = before(cb, cbNext);
      const crBefore = before(cr, crNext);
      cb = cbNext;
      cr = crNext;
      cbNext = sumAt(near, far);
      crNext = sumAt(near + toCr, far + toCr);
      cbEven = blend(cb, cbBefore, evenRound);
      cbOdd = blend(cb, behind(cb, cbNext), oddRound);
      crEven = blend(cr, crBefore, evenRound);
      crOdd = blend(cr, behind(cr, crNext), oddRound);
    }
    const light = v128.load(y);
    const red = redOf(evens(light), crEven);
    const green = greenOf(evens(light), cbEven, crEven);
    const blue = blueOf(evens(light), cbEven);
    const red2 = redOf(odds(light), crOdd);
    const green2 = greenOf(odds(light), cbOdd, crOdd);
    const blue2 = blueOf(odds(light), cbOdd);
    if (!isSigned<Out>()) {
      v128.store(to, together(greyOf(red, green, blue), greyOf(red2, green2, blue2)));
    } else {
      v128.store(to, together(red, red2));
      v128.store(to + stride, together(green, green2));
      v128.store(to + (stride << 1), together(blue, blue2));
    }
  }
}

/** Repeats the outermost pixels of `count` rows beyond their edges, where blending looks for neighbours. */
export function spreadEdges(rows: usize, stride: i32, width: i32, count: i32): void {
  for (let row: i32 = 0; row < count; row += 1, rows += stride) {
    store<u8>(rows - 1, load<u8>(rows));
    store<u8>(rows + width, load<u8>(rows + width - 1));
  }
}

/** How chroma is sampled: like lightness, half as often in each row, or in rows and columns. */
const FULL: i32 = 0;
const HALF_ACROSS: i32 = 1;

/**
 * `count` rows of pixels from the `first` of the image on, each as three rows of colours or one of grey. Of the planes there is a band:
 * their addresses are those that their first row would have. Chroma has `chromaHeight` rows; those of Cr lie `toCr` behind those of Cb.
 */
export function colourRows(
  luma: usize,
  lumaStride: i32,
  chroma: usize,
  chromaStride: i32,
  toCr: usize,
  chromaHeight: i32,
  sampling: i32,
  first: i32,
  count: i32,
  width: i32,
  grey: bool,
  to: usize,
  stride: i32,
): void {
  const step = grey ? stride : 3 * stride;
  // Where chroma is as high, four times its row are three and one of it: a blend is rounded by a quarter less or more than a half.
  const isHigh = sampling <= HALF_ACROSS;
  const even = i16x8.splat(isHigh ? 4 : 8);
  const odd = i16x8.splat(isHigh ? 8 : 7);
  for (let row = first; row < first + count; row += 1, to += step) {
    const y = luma + row * lumaStride;
    const nearRow = isHigh ? row : row >> 1;
    const other = (row & 1) === 0 ? nearRow - 1 : nearRow + 1;
    const farRow = isHigh ? row : min(max(other, 0), chromaHeight - 1);
    const near = chroma + nearRow * chromaStride;
    const far = chroma + farRow * chromaStride;
    if (sampling === FULL) {
      if (grey) makeRow<Grey, Full>(y, near, far, toCr, width, even, odd, to, stride);
      else makeRow<Coloured, Full>(y, near, far, toCr, width, even, odd, to, stride);
    } else if (grey) {
      makeRow<Grey, Half>(y, near, far, toCr, width, even, odd, to, stride);
    } else {
      makeRow<Coloured, Half>(y, near, far, toCr, width, even, odd, to, stride);
    }
  }
}

/** Rows of red, green and blue, `stride` bytes long each, become `count` rows of `width` pixels. Nothing is written beyond them. */
export function interleaveRows(from: usize, stride: i32, width: i32, count: i32, to: usize): void {
  for (let row: i32 = 0; row < count; row += 1, from += 3 * stride) {
    let red = from;
    const end = from + width;
    for (; red < end; red += 1, to += 3) {
      store<u8>(to, load<u8>(red));
      store<u8>(to, load<u8>(red + stride), 1);
      store<u8>(to, load<u8>(red + (stride << 1)), 2);
    }
  }
}

/** Copies the first `width` bytes of rows of `stride`, so that they follow each other. */
export function copyRows(from: usize, stride: i32, width: i32, count: i32, to: usize): void {
  for (let row: i32 = 0; row < count; row += 1, from += stride, to += width) {
    memory.copy(to, from, width);
  }
}
