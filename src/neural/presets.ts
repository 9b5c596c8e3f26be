import type { LayerSpec } from './layers/kinds.ts';

/** Architectures with a name. The last dense layer takes its width from the number of classes. */
export const presetNames = ['dense'] as const;
export type PresetName = (typeof presetNames)[number];

export const presets: Readonly<Record<PresetName, readonly LayerSpec[]>> = {
  /** The founding example. */
  dense: [
    { type: 'flatten' },
    { type: 'dense', units: 128, activation: 'relu' },
    { type: 'dropout', rate: 0.2 },
    { type: 'dense' },
  ],
};

export function isPresetName(name: unknown): name is PresetName {
  return typeof name === 'string' && Object.hasOwn(presets, name);
}
