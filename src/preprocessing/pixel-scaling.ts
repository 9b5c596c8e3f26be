import type { Preprocessing } from './contract.ts';

/** How one channel of the model comes from a pixel: of which channel (RGB), times a factor, plus a shift. */
export interface ChannelScaling {
  readonly source: number;
  readonly factor: number;
  readonly shift: number;
}

/** The scaling of a channel, counted as the model does (B first for bgr): minus mean, by std, after scale. */
export function channelScaling(
  { channels, colourSpace, scale, mean, std }: Preprocessing,
  channel: number,
): ChannelScaling {
  const spread = std[Math.min(channel, std.length - 1)]!;
  return {
    source: colourSpace === 'bgr' ? channels - 1 - channel : channel,
    factor: scale / spread,
    shift: -mean[Math.min(channel, mean.length - 1)]! / spread,
  };
}
