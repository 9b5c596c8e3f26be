import type { FastifyRequest } from 'fastify';
import type { GlimpseError } from '../errors.ts';

/** Code and sentence of a refusal, as they are logged. */
interface Refusal {
  readonly code: string;
  readonly reason: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Why it was refused, if it was. */
    refusal: Refusal | undefined;
  }
}

/** Not the error: what it was thrown from would be kept as long as the request. */
export function noteRefusal(request: FastifyRequest, { code, message }: GlimpseError): void {
  request.refusal = { code, reason: message };
}

/** Decides which log lines about refused requests are written, so that nobody fills the log. */
export interface RefusalBudget {
  /** Whether one more line about this caller may be written now; one that may not is counted. */
  allows(caller: string): boolean;
  close(): void;
}

export interface RefusalBudgetOptions {
  /** Lines of one caller within the window. */
  readonly maxLines?: number;
  readonly windowMs?: number;
  /** Callers beyond these share the lines of one. */
  readonly maxCallers?: number;
  /** Called after a window in which lines were left out. */
  readonly onLeftOut: (caller: string, lines: number) => void;
}

const others = 'all other callers';

/** By default a hundred lines in ten seconds for each of a thousand callers. */
export function createRefusalBudget({
  maxLines = 100,
  windowMs = 10_000,
  maxCallers = 1_000,
  onLeftOut,
}: RefusalBudgetOptions): RefusalBudget {
  const lines = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const [caller, count] of lines) {
      if (count > maxLines) onLeftOut(caller, count - maxLines);
    }
    lines.clear();
  };
  return {
    allows(caller) {
      timer ??= setTimeout(end, windowMs).unref();
      const name = lines.has(caller) || lines.size < maxCallers ? caller : others;
      const count = (lines.get(name) ?? 0) + 1;
      lines.set(name, count);
      return count <= maxLines;
    },
    close: end,
  };
}
