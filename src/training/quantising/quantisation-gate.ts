import type { Static } from 'typebox';
import { argmax } from '../../tensor.ts';
import type { Quantisation } from '../../repository/figures/quantisation.ts';
import { Closed } from '../../schema.ts';
import { Type } from '../../schema/builder.ts';

/** What a quantised model may be worse by. */
export interface QuantisationGate {
  /** Of 1: 0.005 are half a point. */
  readonly maxAccuracyFall: number;
  /** Share of examples that both models must answer alike. */
  readonly minAgreement: number;
}

export const usualGate: QuantisationGate = { maxAccuracyFall: 0.005, minAgreement: 0.99 };

const share = (description: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: 1, description }));

/** The fields of a request that say what a quantised model may be worse by. */
export const gateFields = {
  maxAccuracyFall: share('By how much of 1 its accuracy may fall. Default 0.005, half a point.'),
  minAgreement: share('The share of examples that both must answer alike. Default 0.99.'),
};

export const QuantisationGateSchema = Type.Object(gateFields, {
  ...Closed,
  title: 'QuantisationGate',
});

/** The gate of a request; what it leaves out is as usual. */
export function gateOf({
  maxAccuracyFall = usualGate.maxAccuracyFall,
  minAgreement = usualGate.minAgreement,
}: Static<typeof QuantisationGateSchema>): QuantisationGate {
  return { maxAccuracyFall, minAgreement };
}

/** Why the quantised model is not good enough, with the figures of both; undefined when it is. */
export function gateFault(
  { agreement, comparedOn, float, quantised }: Quantisation,
  { maxAccuracyFall, minAgreement }: QuantisationGate,
): string | undefined {
  const fall = (float.accuracy ?? 0) - (quantised.accuracy ?? 0);
  const figures = [
    ...(float.accuracy === undefined || quantised.accuracy === undefined
      ? []
      : [
          `accuracy ${percent(float.accuracy)} in float32 and ${percent(quantised.accuracy)} in eight bits`,
        ]),
    `${percent(agreement)} answered alike`,
  ].join(', ');
  // A billionth is the rounding of shares.
  if (fall > maxAccuracyFall + 1e-9) {
    return `${figures}, on ${comparedOn} examples; a fall of ${percent(maxAccuracyFall)} is allowed`;
  }
  if (agreement < minAgreement) {
    return `${figures}, on ${comparedOn} examples; ${percent(minAgreement)} must be`;
  }
  return undefined;
}

const percent = (value: number): string => `${(value * 100).toFixed(2)} %`;

/** The class of each row of outputs. */
export function classesOf(outputs: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: outputs.length / classes }, (_, row) =>
    argmax(outputs, row * classes, classes),
  );
}

/** The share of rows in which both have the same. */
export function shareAlike(one: Int32Array, other: Int32Array): number {
  return one.filter((value, at) => value === other[at]).length / one.length;
}
