/** Figures as people read them: as many digits as they need, and a word where there is none. */

export function percent(share: number | null | undefined, digits = 2): string {
  return share === null || share === undefined ? '–' : `${(share * 100).toFixed(digits)} %`;
}

/** The difference of two shares, in points, with its sign. */
export function points(difference: number): string {
  const sign = difference > 0 ? '+' : difference < 0 ? '−' : '±';
  return `${sign}${Math.abs(difference * 100).toFixed(2)}`;
}

export function figure(value: number | null | undefined, digits = 4): string {
  return value === null || value === undefined ? '–' : value.toFixed(digits);
}

export function count(value: number | undefined): string {
  return value === undefined ? '–' : value.toLocaleString('en');
}

export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const rest = Math.round(seconds % 60);
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

export function moment(time: string | undefined): string {
  if (time === undefined) return '–';
  const date = new Date(time);
  const today = new Date().toDateString() === date.toDateString();
  return date.toLocaleString(
    'en-GB',
    today
      ? { hour: '2-digit', minute: '2-digit', second: '2-digit' }
      : { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  );
}

/** What the warnings of a prediction mean. */
export const warningWords: Readonly<Record<string, string>> = {
  damaged:
    'Parts of the picture were lost inside its file, and something else was put in their place.',
  blank: 'There is hardly anything on the picture: what is on it is as dark as what is around it.',
  no_ink: 'Nothing on the picture looks like ink on paper.',
  several: 'There is more than one digit on the picture, or something like one beside it.',
  uncertain: 'The model is less certain than it should be to be believed.',
  unfamiliar: 'The picture is unlike those the model has learnt from.',
  likely_wrong: 'Answers like this one are often wrong.',
};
