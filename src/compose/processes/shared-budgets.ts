import type { Caller } from '../../access/caller.ts';
import { hasBudget, type Budgets } from '../../http/access/budgets.ts';
import type { ProcessLink } from '../../processes/process-link.ts';

interface Spending {
  readonly process: number;
  readonly caller: Caller;
}

/** The budgets of callers lie with the first process: by turns of connections nobody gets more than one budget. */
export function askForBudgets(link: ProcessLink, requestsPerMinute: number): Budgets {
  return {
    async spend(caller) {
      if (!hasBudget(caller, requestsPerMinute)) return () => {};
      const spending: Spending = { process: link.order.number, caller };
      const ticket = await link.askFirst('spend', spending);
      // The first process gives back what those have spent that ended.
      return () => void link.askFirst('give back', ticket).catch(() => {});
    },
  };
}

/** Keeps the budgets of this process for the others as well. */
export function keepBudgets(link: ProcessLink, own: Budgets): Budgets {
  const spent = new Map<number, { readonly process: number; readonly giveBack: () => void }>();
  let count = 0;
  const giveBack = (ticket: number): void => {
    spent.get(ticket)?.giveBack();
    spent.delete(ticket);
  };
  link.answer('spend', {
    async handle({ process, caller }: Spending) {
      const back = await own.spend(caller);
      count += 1;
      spent.set(count, { process, giveBack: back });
      return count;
    },
  });
  link.answer('give back', { handle: (ticket: number) => giveBack(ticket) });
  link.onDeath((number) => {
    for (const [ticket, { process }] of spent) if (process === number) giveBack(ticket);
  });
  return own;
}
