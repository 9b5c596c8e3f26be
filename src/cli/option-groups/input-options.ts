import { choice, count, text } from '../options.ts';

/** What a graph may leave open about its input, said by the options of a command. */
export const inputOptions = {
  shape: text(
    'lengths',
    'of the axes of the input that the graph leaves open, with or without that of the batch: 3,224,224 or N,224,224,3',
  ),
  layout: choice(
    ['NCHW', 'NHWC'],
    'whether the channels come first or last, where the graph does not tell',
  ),
  width: count('pixels', 'of the images, where the input of the graph does not tell'),
  height: count('pixels', 'the same'),
};
