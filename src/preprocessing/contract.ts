import type { Static } from 'typebox';
import { Type } from '../schema/builder.ts';
import { ContractOneSchema } from './contract-one.ts';
import { ContractTwoSchema } from './contract-two.ts';

/**
 * How an image becomes numbers. The contract travels in the manifest, so a version knows how its own input is
 * made; training and serving execute the same one through `image/`.
 */
export const PreprocessingSchema = Type.Union([ContractTwoSchema, ContractOneSchema], {
  title: 'Preprocessing',
});
export type Preprocessing = Static<typeof PreprocessingSchema>;
