/** Errors of one kind: each code with the HTTP status it becomes and one sentence, with `%s` where arguments go. */
export type ErrorFamily = Record<`GLIMPSE_${string}`, readonly [status: number, sentence: string]>;
