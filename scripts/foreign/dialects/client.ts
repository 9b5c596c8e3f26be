/** What clients of other servers are pointed at, and what they ask about. */
export interface Target {
  /** The address of the server. */
  readonly url: string;
  /** Host and port where it speaks gRPC. */
  readonly grpc: string;
  /** A folder with 7.png, 4.png, and what the model itself takes of them as JSON, flat: 7.json, 4.json. */
  readonly samples: string;
}

/** A client of another model server as its own project gives it out, pointed at ours with nothing else changed. */
export interface ForeignClient {
  readonly name: string;
  /** Fetches it into an empty folder. */
  readonly build: (folder: string) => Promise<BuiltClient>;
}

export interface BuiltClient {
  readonly version: string;
  /** Makes all of its calls. */
  readonly ask: (target: Target) => Promise<ForeignCall[]>;
}

/** A call that was made: what should have come back and what did, both in a few words. */
export interface ForeignCall {
  readonly call: string;
  readonly expected: string;
  readonly answered: string;
}

/** The calls in what a program wrote: JSON, one a line. */
export function callsIn(output: string): ForeignCall[] {
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ForeignCall);
}
