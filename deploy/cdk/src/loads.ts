/** What a month is like. Whoever knows theirs better reads the table as so much for each. */
export interface Load {
  readonly name: string;
  readonly requestsPerSecond: number;
  readonly imageBytes: number;
  readonly answerBytes: number;
  readonly logBytes: number;
  readonly requestsPerConnection: number;
  readonly modelGigabytes: number;
  readonly trainingHours: number;
  readonly deployments: number;
}

const usual = {
  imageBytes: 50_000,
  answerBytes: 600,
  // One line a request at the level info.
  logBytes: 450,
  requestsPerConnection: 10,
  modelGigabytes: 5,
  trainingHours: 20,
  deployments: 4,
};

export const loads: readonly Load[] = [
  { name: 'idle', ...usual, requestsPerSecond: 0, trainingHours: 0 },
  { name: 'small', ...usual, requestsPerSecond: 10 },
  { name: 'busy', ...usual, requestsPerSecond: 400, trainingHours: 100, modelGigabytes: 50 },
];

/** The load in words, as the head of its table. */
export function loadInWords({ name, requestsPerSecond, imageBytes, trainingHours }: Load): string {
  const images = `${requestsPerSecond} predictions a second day and night, images of ${imageBytes / 1000} kB`;
  return `"${name}": ${requestsPerSecond === 0 ? 'no predictions' : images}, ${trainingHours} hours of training`;
}
