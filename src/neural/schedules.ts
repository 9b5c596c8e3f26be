import type { Static } from 'typebox';
import { Closed } from '../schema.ts';
import { Type } from '../schema/builder.ts';

/** How the learning rate moves over a run: a pure function of how far the run has come. */

const scheduleNames = ['constant', 'step', 'exponential', 'cosine', 'one-cycle'] as const;

export const ScheduleSchema = Type.Union(
  [
    Type.Object({ name: Type.Literal('constant') }, { ...Closed, title: 'ConstantSchedule' }),
    Type.Object(
      {
        name: Type.Literal('step'),
        factor: Type.Optional(
          Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'Default 0.1.' }),
        ),
        every: Type.Optional(
          Type.Number({
            exclusiveMinimum: 0,
            maximum: 1,
            description: 'Share of the run after which it drops again. Default 1/3.',
          }),
        ),
      },
      { ...Closed, title: 'StepSchedule' },
    ),
    Type.Object(
      {
        name: Type.Literal('exponential'),
        final: Type.Optional(
          Type.Number({
            exclusiveMinimum: 0,
            maximum: 1,
            description: 'Share of the peak left at the end. Default 0.01.',
          }),
        ),
      },
      { ...Closed, title: 'ExponentialSchedule' },
    ),
    Type.Object(
      {
        name: Type.Literal('cosine'),
        final: Type.Optional(
          Type.Number({
            minimum: 0,
            maximum: 1,
            description: 'Share of the peak left at the end. Default 0.',
          }),
        ),
      },
      { ...Closed, title: 'CosineSchedule' },
    ),
    Type.Object({ name: Type.Literal('one-cycle') }, { ...Closed, title: 'OneCycleSchedule' }),
  ],
  {
    title: 'Schedule',
    description: 'How the learning rate moves from the first step to the last.',
  },
);
export type Schedule = Static<typeof ScheduleSchema>;

/** As a request may say it: the name alone takes its defaults. */
export const RequestedScheduleSchema = Type.Union([Type.Enum(scheduleNames), ScheduleSchema], {
  title: 'RequestedSchedule',
  description:
    'How the learning rate moves from the first step to the last: a name, or an object with it. Default: what the recipe of the architecture says.',
});

/** A schedule by what a request says of it. */
export function namedSchedule(asked: Static<typeof RequestedScheduleSchema>): Schedule {
  return typeof asked === 'string' ? { name: asked } : asked;
}

/** The share of a one-cycle run that warms up, and where it starts and ends relative to its peak. */
const warmUp = 0.3;
const startShare = 1 / 25;
const endShare = 1e-4;

/** The learning rate of step 0, 1, ... totalSteps - 1. */
export function learningRateAt(
  schedule: Schedule,
  peak: number,
  step: number,
  totalSteps: number,
): number {
  const progress = totalSteps > 0 ? step / totalSteps : 0;
  switch (schedule.name) {
    case 'constant':
      return peak;
    case 'step': {
      const { factor = 0.1, every = 1 / 3 } = schedule;
      // Rounding must not push a drop that falls on a step's very start into the step after it.
      return peak * factor ** Math.floor(progress / every + 1e-9);
    }
    case 'exponential':
      return peak * (schedule.final ?? 0.01) ** progress;
    case 'cosine': {
      const floor = peak * (schedule.final ?? 0);
      return floor + ((peak - floor) / 2) * (1 + Math.cos(Math.PI * progress));
    }
    case 'one-cycle':
      break;
  }
  return oneCycle(peak, progress);
}

function oneCycle(peak: number, progress: number): number {
  if (progress < warmUp) {
    const start = peak * startShare;
    return start + ((peak - start) * progress) / warmUp;
  }
  const decline = (progress - warmUp) / (1 - warmUp);
  return (peak / 2) * (1 + Math.cos(Math.PI * decline)) + endShare * peak;
}
