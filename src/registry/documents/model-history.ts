import type {
  HistoryPage,
  HistoryRepository,
  PageRequest,
} from '../../repository/history/history-repository.ts';

/** What changed about a model, by whom and why; also of one that is gone. */
export interface ModelHistory {
  /** GLIMPSE_MODEL_NOT_FOUND for a name that has no history and is no model. */
  page(model: string, page: PageRequest): Promise<HistoryPage>;
}

/** `check` rejects for a model that is not there. */
export function createModelHistory(
  history: Pick<HistoryRepository, 'page'>,
  check: (model: string) => Promise<void>,
): ModelHistory {
  return {
    async page(model, request) {
      const page = await history.page(model, request);
      if (page.entries.length === 0) await check(model);
      return page;
    },
  };
}
