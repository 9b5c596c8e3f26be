/** `glimpse`: Glimpse in a program of one's own, and the client of one elsewhere. */
export { createGlimpse, Glimpse } from './create-glimpse.ts';
export type { CreateGlimpseOptions } from './create-glimpse.ts';
export type { GlimpseSettings } from './glimpse-settings.ts';
export * from '../client/exported.ts';
