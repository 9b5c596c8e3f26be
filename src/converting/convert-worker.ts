import { serveThread } from '../threads.ts';
import { convertFile, type ConvertedModel, type ConvertRequest } from './convert-file.ts';

/** The program of a thread that converts a file of strangers: it can be ended, whatever the file makes of it. */
await serveThread<unknown, ConvertRequest, ConvertedModel>(() => ({ handle: convertFile }));
