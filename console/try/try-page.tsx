import { useEffect, useMemo, useState } from 'preact/hooks';
import { addressOf } from '../api/call.ts';
import { currentKey } from '../api/key.ts';
import type { ModelList } from '../api/shapes.ts';
import { CodeBlock } from '../parts/code-block.tsx';
import { Empty, Loading, Problem, Title } from '../parts/states.tsx';
import { useCall } from '../parts/use-call.ts';
import { Answer } from './answer.tsx';
import { PicturesIn } from './pictures-in.tsx';
import { clientOf, curlOf, programOf } from './snippets.ts';
import { nameOf, targetsIn, type Target } from './targets.ts';

/** So many pictures are asked about at once; whoever has more has `glimpse predict`. */
const maxPictures = 12;

export function TryPage() {
  const list = useCall<ModelList>('/models');
  const [pictures, setPictures] = useState<readonly Blob[]>([]);
  const [chosen, setChosen] = useState(0);
  const [other, setOther] = useState(-1);
  const known = useMemo(() => (list.data ? targetsIn(list.data) : []), [list.data]);
  // Without a key that may read, the default model may still be asked.
  const targets = known.length > 0 ? known : defaultTargets;
  const target = targets[chosen] ?? targets[0]!;
  const isUntrained = list.data?.models.length === 0;
  return (
    <>
      <Title lead="Draw a digit, or give the model a picture, and see what it says and how sure it is.">
        Try a model
      </Title>
      {isUntrained && <NoModel />}
      <div class="try">
        <div>
          <PicturesIn onPictures={setPictures} />
          <TargetChoice title="Ask" targets={targets} chosen={chosen} onChosen={setChosen} />
          <TargetChoice
            title="and beside it"
            targets={targets}
            chosen={other}
            none="nobody else"
            onChosen={setOther}
          />
        </div>
        <div class="answers">
          {list.error !== undefined && <Problem error={list.error} />}
          {!list.data && list.error === undefined && <Loading what="Looking for models" />}
          {pictures.length === 0 ? (
            <Empty>
              <p class="big">Nothing drawn yet.</p>
              <p>The answer comes a moment after your stroke ends.</p>
            </Empty>
          ) : (
            <Answers pictures={pictures} target={target} other={targets[other]} />
          )}
        </div>
      </div>
    </>
  );
}

const defaultTargets: readonly Target[] = [{ model: 'digits' }];

function NoModel() {
  return (
    <Empty>
      <p class="big">This server has no model yet.</p>
      <p>
        <a href="#/train">Train the first one</a>: it takes a few seconds.
      </p>
    </Empty>
  );
}

interface TargetChoiceProps {
  readonly title: string;
  readonly targets: readonly Target[];
  readonly chosen: number;
  /** What to call the choice of none of them, where that is one. */
  readonly none?: string;
  readonly onChosen: (at: number) => void;
}

function TargetChoice({ title, targets, chosen, none, onChosen }: TargetChoiceProps) {
  return (
    <label class="inline">
      <span>{title}</span>
      <select
        value={String(chosen)}
        onChange={({ currentTarget }) => onChosen(Number(currentTarget.value))}
      >
        {none !== undefined && <option value="-1">{none}</option>}
        {targets.map((target, at) => (
          <option key={nameOf(target)} value={String(at)}>
            {nameOf(target)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface AnswersProps {
  readonly pictures: readonly Blob[];
  readonly target: Target;
  readonly other: Target | undefined;
}

function Answers({ pictures, target, other }: AnswersProps) {
  const shown = pictures.slice(0, maxPictures);
  const [first] = shown;
  const question = {
    server: addressOf('/').replace(/\/$/, ''),
    target,
    file: first instanceof File ? first.name : drawingName,
    hasKey: currentKey() !== undefined,
  };
  return (
    <>
      {shown.map((picture, at) => (
        <div class="pair" key={picture instanceof File ? `${picture.name}-${at}` : at}>
          {picture instanceof File && <Picture picture={picture} />}
          <Answer picture={picture} target={target} />
          {other && <Answer picture={picture} target={other} />}
        </div>
      ))}
      {pictures.length > shown.length && (
        <p class="faint">
          {pictures.length - shown.length} more were left out: the console asks about {maxPictures}{' '}
          at once.
        </p>
      )}
      {first && !(first instanceof File) && <SaveDrawing drawing={first} />}
      <CodeBlock title="curl" code={curlOf(question)} />
      <CodeBlock title="Typed client, glimpse/client" code={clientOf(question)} />
      <CodeBlock title="JavaScript, without a package" code={programOf(question)} />
    </>
  );
}

const drawingName = 'drawing.png';

/** The drawing as the file that the code below asks about. */
function SaveDrawing({ drawing }: { readonly drawing: Blob }) {
  const address = useAddress(drawing);
  return (
    <p class="faint">
      The same question from elsewhere, once the drawing{' '}
      <a href={address} download={drawingName}>
        is saved as {drawingName}
      </a>
      :
    </p>
  );
}

function Picture({ picture }: { readonly picture: File }) {
  const address = useAddress(picture);
  return (
    <figure class="picture">
      {address && <img src={address} alt={picture.name} />}
      <figcaption>
        {/* The code below asks about this file, which a photograph is not yet. */}
        <a href={address} download={picture.name}>
          {picture.name}
        </a>
      </figcaption>
    </figure>
  );
}

function useAddress(picture: Blob): string {
  const [address, setAddress] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(picture);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [picture]);
  return address;
}
