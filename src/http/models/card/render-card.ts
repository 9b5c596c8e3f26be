import { createHash } from 'node:crypto';
import type { CardDocument, CardPart } from './card-shape.ts';

/** The card as Markdown (CommonMark with tables). */
export function cardAsMarkdown({ title, sections }: CardDocument): string {
  const parts = sections.flatMap((section) => [
    `## ${markdownText(section.title)}`,
    ...section.parts.map(partAsMarkdown),
  ]);
  return `${[`# ${markdownText(title)}`, ...parts].join('\n\n')}\n`;
}

function partAsMarkdown(part: CardPart): string {
  switch (part.kind) {
    case 'text':
      return markdownText(part.text);
    case 'list':
      return part.items.map((item) => `- ${markdownText(item)}`).join('\n');
    case 'code':
      return part.text
        .split('\n')
        .map((line) => `    ${line}`)
        .join('\n');
    default:
      return [part.head, part.head.map(() => '---'), ...part.rows]
        .map(
          (cells) =>
            `| ${cells.map((cell) => (cell === '---' ? cell : markdownText(cell))).join(' | ')} |`,
        )
        .join('\n');
  }
}

/** Names are their authors' own: nothing in them becomes markup. */
function markdownText(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>#|&]/g, String.raw`\$&`);
}

const style = `:root{color-scheme:light dark;--line:#8885}
body{max-width:46rem;margin:3rem auto;padding:0 1.25rem;font:16px/1.6 system-ui,sans-serif;font-variant-numeric:tabular-nums}
h1{font:400 2.25rem/1.2 Georgia,serif}h2{font-size:1.125rem;margin-top:2.25rem}
table{border-collapse:collapse}th,td{text-align:left;padding:.375rem 1.5rem .375rem 0;border-bottom:1px solid var(--line)}
li,p{overflow-wrap:anywhere}pre{overflow:auto;padding:1rem;border:1px solid var(--line);border-radius:.5rem}`;

/** What the page of a card may do: be read, in its one style. */
export const cardPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'`;

/** The card as a page that needs nothing else. */
export function cardAsHtml({ title, sections }: CardDocument): string {
  const parts = sections.map(
    (section) =>
      `<section><h2>${htmlText(section.title)}</h2>\n${section.parts.map(partAsHtml).join('\n')}</section>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${htmlText(title)}</title><style>${style}</style></head>
<body><main><h1>${htmlText(title)}</h1>
${parts.join('\n')}
</main></body></html>
`;
}

function partAsHtml(part: CardPart): string {
  switch (part.kind) {
    case 'text':
      return `<p>${htmlText(part.text)}</p>`;
    case 'list':
      return `<ul>${part.items.map((item) => `<li>${htmlText(item)}</li>`).join('')}</ul>`;
    case 'code':
      return `<pre><code>${htmlText(part.text)}</code></pre>`;
    default: {
      const head = part.head.map((cell) => `<th scope="col">${htmlText(cell)}</th>`).join('');
      const rows = part.rows.map(
        (cells) => `<tr>${cells.map((cell) => `<td>${htmlText(cell)}</td>`).join('')}</tr>`,
      );
      return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
    }
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function htmlText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character]!);
}
