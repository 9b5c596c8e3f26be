type Content = string | number | boolean | readonly Element[];
export type Element = readonly [name: string, content: Content];

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

export function xml(name: string, content: Content): string {
  return declaration + write([name, content], ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"');
}

export function errorXml(
  code: string,
  message: string,
  requestId: string,
  fields: Readonly<Record<string, string>> = {},
): string {
  const content: Element[] = [
    ['Code', code],
    ['Message', message],
    ...Object.entries(fields),
    ['RequestId', requestId],
  ];
  return declaration + write(['Error', content]);
}

function write([name, content]: Element, attributes = ''): string {
  const inner = Array.isArray(content)
    ? content.map((element: Element) => write(element)).join('')
    : escape(String(content));
  return `<${name}${attributes}>${inner}</${name}>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"\r]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** The contents of every <name>...</name> in a text, entities resolved; enough for S3's own bodies. */
export function contents(text: string, name: string): string[] {
  return [...text.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map(
    ([, inner]) => inner!,
  );
}

export function unescape(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return named[name] ?? whole;
  });
}
