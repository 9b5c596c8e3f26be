import { describe, expect, it } from 'vitest';
import { boundaryOf, parseMultipart } from '../../src/http/multipart.ts';

const crlf = '\r\n';

/** A body of the given part texts (headers, blank line, content) between boundaries `b`. */
function form(...parts: string[]): Buffer {
  return Buffer.from(`${parts.map((part) => `--b${crlf}${part}${crlf}`).join('')}--b--${crlf}`);
}

const file = (content: string, name = 'image', fileName = 'a.png') =>
  [
    `Content-Disposition: form-data; name="${name}"; filename="${fileName}"`,
    'Content-Type: image/png',
    '',
    content,
  ].join(crlf);

const texts = (body: Buffer, boundary = 'b') =>
  parseMultipart(body, boundary, 100).map((part) => Buffer.from(part.body).toString('latin1'));

describe('multipart bodies', () => {
  it('give their parts in order, byte for byte', () => {
    const bytes = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');
    const body = Buffer.concat([
      Buffer.from(`--b${crlf}content-disposition: form-data; name=x; filename=y${crlf}${crlf}`),
      Buffer.from(bytes, 'latin1'),
      Buffer.from(`${crlf}--b--`),
    ]);
    expect(texts(body)).toEqual([bytes]);
    expect(texts(form(file('one'), file('two')))).toEqual(['one', 'two']);
  });

  it('keep line breaks and near-boundaries inside a part', () => {
    const tricky = `${crlf}--${crlf}--c${crlf}-b--b${crlf}`;
    expect(texts(form(file(tricky)))).toEqual([tricky]);
  });

  it('may have empty parts, a preamble, an epilogue and padding behind a boundary', () => {
    expect(texts(form(file('')))).toEqual(['']);
    const body = Buffer.from(
      `preamble${crlf}--b \t${crlf}${file('x')}${crlf}--b--${crlf}epilogue --b`,
    );
    expect(texts(body)).toEqual(['x']);
    expect(texts(Buffer.from(`--b--${crlf}`))).toEqual([]);
  });

  it('may have parts without headers, which are text', () => {
    const [part] = parseMultipart(Buffer.from(`--b${crlf}${crlf}x${crlf}--b--`), 'b', 9);
    expect(part).toMatchObject({ isFile: false, name: undefined });
    expect(Buffer.from(part!.body).toString()).toBe('x');
  });

  it.each([
    ['form-data; name="a"; filename="x y.png"', 'a', 'x y.png', true],
    ['form-data; name=a; filename=x.png', 'a', 'x.png', true],
    ["form-data; name=a; filename*=UTF-8''%e2%82%ac.png", 'a', "UTF-8''%e2%82%ac.png", true],
    ['form-data; name="a"; filename="q\\"q.png"', 'a', 'q\\"q.png', true],
    ['FORM-DATA; NAME="a"; FILENAME=""', 'a', '', true],
    ['form-data; name="a"', 'a', undefined, false],
  ])('tell files from fields: %s', (disposition, name, fileName, isFile) => {
    const [part] = parseMultipart(
      form(`Content-Disposition: ${disposition}${crlf}${crlf}x`),
      'b',
      9,
    );
    expect(part).toMatchObject({ name, fileName, isFile });
  });

  it('take a nameless image part for a file by its content type', () => {
    const [part] = parseMultipart(form(`Content-Type: image/png${crlf}${crlf}x`), 'b', 9);
    expect(part!.isFile).toBe(true);
  });
});

describe('the boundary', () => {
  it.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['multipart/form-data; charset=utf-8; boundary="a b:c"', 'a b:c'],
    ['multipart/form-data;BOUNDARY=abc; x=y', 'abc'],
  ])('is read from %s', (type, boundary) => {
    expect(boundaryOf(type)).toBe(boundary);
  });

  it.each([
    ['multipart/form-data', 'names no boundary'],
    ['multipart/form-data; boundary=', 'names no boundary'],
    [`multipart/form-data; boundary=${'x'.repeat(71)}`, 'too long'],
  ])('is missed in %.50s', (type, sentence) => {
    expect(() => boundaryOf(type)).toThrow(sentence);
  });
});

describe('broken multipart bodies', () => {
  it.each([
    ['', 'does not occur'],
    [`--other${crlf}${crlf}x${crlf}--other--`, 'does not occur'],
    ['--b', 'ends before its last boundary'],
    [`--b${crlf}`, 'headers of part 0 do not end'],
    [`--b${crlf}content-disposition: form-data`, 'headers of part 0 do not end'],
    [`--b${crlf}${file('half of it')}`, 'ends before its last boundary'],
    [`--b${crlf}${file('x')}${crlf}--b`, 'ends before its last boundary'],
    [`--bx${crlf}${file('x')}${crlf}--b--`, 'no line end'],
    [
      `--b${crlf}content-transfer-encoding: base64${crlf}${crlf}eA==${crlf}--b--`,
      'encoded as base64',
    ],
    [`--b${crlf}x: ${'y'.repeat(17_000)}${crlf}${crlf}x${crlf}--b--`, 'do not end'],
  ])('are refused with what is wrong: %.40j', (text, sentence) => {
    expect(() => parseMultipart(Buffer.from(text), 'b', 9)).toThrow(
      expect.objectContaining({
        code: 'GLIMPSE_BAD_MULTIPART',
        message: expect.stringContaining(sentence),
      }),
    );
  });

  it('are refused at the first part too many', () => {
    const body = form(...Array.from({ length: 4 }, () => file('x')));
    expect(parseMultipart(body, 'b', 4)).toHaveLength(4);
    expect(() => parseMultipart(body, 'b', 3)).toThrow(
      expect.objectContaining({ code: 'GLIMPSE_TOO_MANY_IMAGES' }),
    );
  });

  it('never make the parser hang or throw anything else, wherever they are cut', () => {
    const whole = form(file('one'), `Content-Disposition: form-data; name="t"${crlf}${crlf}text`);
    for (let length = 0; length < whole.length - 2; length += 1) {
      try {
        parseMultipart(whole.subarray(0, length), 'b', 9);
        expect(whole.subarray(0, length).toString()).toMatch(/--b--$/);
      } catch (error) {
        expect(error).toMatchObject({ code: 'GLIMPSE_BAD_MULTIPART' });
      }
    }
  });
});
