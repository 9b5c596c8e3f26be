import type { AnswerOutcome, AskMessage, Audience, FromServer, ToServer } from './messages.ts';

/** A process that can be told something. */
export interface Receiver {
  readonly isFirst: boolean;
  send(message: ToServer): void;
}

/** A question that is out: who asked, under which number, and who has still to answer. */
interface Question {
  readonly from: Receiver;
  readonly id: number;
  readonly outcomes: AnswerOutcome[];
  readonly open: Set<Receiver>;
}

/**
 * Connects the processes of a server with each other: each has a channel to the primary one only. A question is answered
 * when everybody who was asked has answered or ended.
 */
export class Switchboard {
  readonly #receivers = new Set<Receiver>();
  readonly #questions = new Map<number, Question>();
  #count = 0;

  add(receiver: Receiver): void {
    this.#receivers.add(receiver);
  }

  /** One has ended: nobody waits for it any more. */
  remove(receiver: Receiver): void {
    this.#receivers.delete(receiver);
    for (const [id, question] of this.#questions) {
      question.open.delete(receiver);
      if (question.from === receiver) this.#questions.delete(id);
      else this.#settle(id, question);
    }
  }

  take(from: Receiver, message: Exclude<FromServer, { kind: 'here' | 'listening' }>): void {
    if (message.kind === 'ask') return this.#ask(from, message);
    if (message.kind === 'answer') return this.#answer(from, message.id, message.outcome);
    const { to, topic, content } = message;
    for (const receiver of this.#audience(from, to)) {
      receiver.send({ kind: 'asked', id: undefined, topic, content });
    }
  }

  #ask(from: Receiver, { id, to, topic, content }: AskMessage): void {
    this.#count += 1;
    const audience = this.#audience(from, to);
    const question: Question = { from, id, outcomes: [], open: new Set(audience) };
    this.#questions.set(this.#count, question);
    for (const receiver of audience) {
      receiver.send({ kind: 'asked', id: this.#count, topic, content });
    }
    this.#settle(this.#count, question);
  }

  #answer(from: Receiver, id: number, outcome: AnswerOutcome): void {
    const question = this.#questions.get(id);
    if (!question?.open.delete(from)) return;
    question.outcomes.push(outcome);
    this.#settle(id, question);
  }

  #settle(id: number, { from, id: askedAs, outcomes, open }: Question): void {
    if (open.size > 0) return;
    this.#questions.delete(id);
    from.send({ kind: 'answers', id: askedAs, outcomes });
  }

  #audience(from: Receiver, to: Audience): Receiver[] {
    const others = [...this.#receivers].filter((receiver) => receiver !== from);
    return to === 'others' ? others : others.filter(({ isFirst }) => isFirst);
  }
}
