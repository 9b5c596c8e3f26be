import { useEffect, useState } from 'preact/hooks';

/** Where in the console one is: the words of the address after #/, and its parameters. */
export interface Place {
  readonly words: readonly string[];
  readonly parameters: URLSearchParams;
}

function placeIn(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const words = path.split('/').filter(Boolean).map(decodeURIComponent);
  return { words: words.length > 0 ? words : ['try'], parameters: new URLSearchParams(query) };
}

/** The place, as it changes. */
export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const update = (): void => setHash(location.hash);
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return placeIn(hash);
}

export function goTo(...words: readonly (string | number)[]): void {
  location.hash = hrefOf(...words);
}

export function hrefOf(...words: readonly (string | number)[]): string {
  return `#/${words.map((word) => encodeURIComponent(word)).join('/')}`;
}
