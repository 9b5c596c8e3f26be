import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { version_layers } from '@tensorflow/tfjs-layers';

/** tf.js on its plain JavaScript backend: slow, independent, and therefore our oracle. */
export async function openOracle(): Promise<string> {
  // It warns that a faster backend exists; loading its layers is what registers its gradients.
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
  return `layers ${version_layers}, backend ${version_cpu}`;
}
