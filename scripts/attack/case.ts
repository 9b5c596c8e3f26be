/** A server that is attacked: one of ours on the loopback. */
export interface Target {
  readonly port: number;
  /** The process, where its memory can be looked at. */
  readonly pid?: number | undefined;
}

/** One attack, and whether the server held. */
export interface AttackCase {
  readonly name: string;
  /** How the server is started where the attack needs a particular one. */
  readonly start?: {
    readonly env?: Readonly<Record<string, string>>;
    readonly nodeOptions?: readonly string[];
  };
  run(server: Target): Promise<Outcome>;
}

export interface Outcome {
  readonly held: boolean;
  /** What was measured, by name. */
  readonly figures: Readonly<Record<string, string | number>>;
}
