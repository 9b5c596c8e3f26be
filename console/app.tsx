import { useEffect, useRef } from 'preact/hooks';
import { LivePage } from './live/live-page.tsx';
import { ModelPage } from './models/model-page.tsx';
import { ModelsPage } from './models/models-page.tsx';
import { KeyField } from './parts/key-field.tsx';
import { ReviewPage } from './review/review-page.tsx';
import { usePlace, type Place } from './route.ts';
import { SearchPage } from './searches/search-page.tsx';
import { JobPage } from './train/job-page.tsx';
import { TrainPage } from './train/train-page.tsx';
import { TryPage } from './try/try-page.tsx';

const pages = [
  ['try', 'Try'],
  ['models', 'Models'],
  ['train', 'Train'],
  ['review', 'Review'],
  ['live', 'Live'],
] as const;

export function App() {
  const place = usePlace();
  const [page = 'try'] = place.words;
  const main = useRef<HTMLElement>(null);
  const shown = useRef(page);
  useEffect(() => {
    const [, title = 'Try'] = pages.find(([word]) => word === page) ?? [];
    document.title = `${title} · Glimpse`;
    // Whoever reads by ear or goes by keyboard begins at the top of the new page.
    if (shown.current !== page) main.current?.focus();
    shown.current = page;
  }, [page]);
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to content
      </a>
      <Header page={page} />
      <main id="main" ref={main} tabIndex={-1}>
        <Page place={place} />
      </main>
      <footer>
        <span>Glimpse</span>
        <a href="../docs">Every call</a>
        <a href="licences.txt">Licences</a>
      </footer>
    </>
  );
}

function Header({ page }: { readonly page: string }) {
  return (
    <header>
      <a class="brand" href="#/try" aria-label="Glimpse">
        <img src="icon.svg" alt="" width="24" height="24" />
        <span>Glimpse</span>
      </a>
      <nav aria-label="Console">
        {pages.map(([word, title]) => (
          <a key={word} href={`#/${word}`} aria-current={word === page ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <KeyField />
    </header>
  );
}

function Page({ place }: { readonly place: Place }) {
  const [page, first, second] = place.words;
  switch (page) {
    case 'models':
      return first === undefined ? (
        <ModelsPage />
      ) : (
        <ModelPage key={first} place={place} model={first} />
      );
    case 'train':
      if (first === undefined) return <TrainPage place={place} />;
      return first === 'searches' && second ? (
        <SearchPage key={second} id={second} />
      ) : (
        <JobPage key={first} id={first} />
      );
    case 'review':
      return <ReviewPage place={place} />;
    case 'live':
      return <LivePage />;
    default:
      return <TryPage />;
  }
}
