import { choice, integer, text } from './knob.ts';

/** Which versions are loaded, when, and what they may take together; how long what was deleted is kept. */
export const loadingKnobs = {
  GLIMPSE_MODEL_CONTROL: choice(
    'poll',
    ['poll', 'explicit', 'none'],
    'Who decides what is loaded. poll: the repository, read at intervals. explicit: calls (POST /models/{model}/load, unload). none: the repository as it was at the start; nothing changes afterwards.',
  ),
  GLIMPSE_PRELOAD: text(
    'all',
    'Models that are loaded before anybody asks for them: all, none, or names and patterns with commas between (digits, team-*). Every other one is loaded at its first request.',
  ),
  GLIMPSE_READY_MODELS: text(
    'default',
    'Models without which the server is not ready (/readyz): default (GLIMPSE_DEFAULT_MODEL), all (that and every one that is preloaded), or names and patterns with commas between. They are always preloaded.',
  ),
  GLIMPSE_RELOAD_ORDER: choice(
    'load-first',
    ['load-first', 'unload-first'],
    'load-first: a version is unloaded once its successor answers, where memory allows. unload-first: before that is loaded, and requests wait meanwhile.',
  ),
  GLIMPSE_KEEP_VERSIONS: integer(
    2,
    'How many of the newest versions of a model stay loaded besides the labelled ones, where its own policy does not say it (PUT /models/{model}/policy, load).',
    1,
  ),
  GLIMPSE_MAX_LOADED_VERSIONS: integer(
    16,
    'How many versions may be loaded at once; labelled ones of preloaded models and those that answer for them by default stay, the least recently asked goes first.',
    1,
  ),
  GLIMPSE_DELETE_GRACE_MS: integer(
    7 * 24 * 3_600_000,
    'How long a version, a model or a dataset that is deleted can be taken back; glimpse prune removes its files after that.',
  ),
  GLIMPSE_MAX_LOADED_BYTES: integer(
    0,
    'Memory that loaded versions may take together, estimated from their files (8 MiB for each, and twice the size of its files); whatever was asked for least recently is unloaded, and loaded again when somebody asks. 0: half of GLIMPSE_MEMORY_BUDGET_BYTES.',
  ),
};
