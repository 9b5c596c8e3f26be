import type { Server } from '../compose.ts';
import { answerInjected } from '../http/connections/injected.ts';
import { answerFor, type EventAnswer } from './event-answer.ts';
import { requestIn, UnknownEvent } from './event.ts';
import type { RuntimeApi } from './runtime-api.ts';

/** Answers the request in one event; UnknownEvent for an event that holds none. */
async function answerEvent(app: Server['app'], event: unknown): Promise<EventAnswer> {
  const request = requestIn(event);
  const answer = await answerInjected(app, request);
  if (!answer) throw new UnknownEvent();
  return answerFor(request, answer);
}

/**
 * Answers events for as long as the function lives. `settle` is called before an answer is given away: behind it the
 * processor stands still until the next event, and what was not written by then may never be.
 */
export async function serveEvents(
  app: Server['app'],
  runtime: RuntimeApi,
  settle: () => void,
): Promise<never> {
  for (;;) {
    const { id, event } = await runtime.next();
    const give = await answerEvent(app, event).then(
      (answer) => () => runtime.answer(id, answer),
      (error: unknown) => () => runtime.fail(id, error),
    );
    settle();
    await give();
  }
}
