import { connectS3, type S3Connection, type S3Options } from './s3-client.ts';
import { isOfCredentials, type CallFacts } from './s3-errors.ts';
import { locationIn, type S3Location } from './s3-location.ts';

/** The one client of a store: made when it is first needed, destroyed when the store is closed. */
export interface StoreConnection {
  /**
   * Calls S3, and once more with credentials that are looked for anew when it refuses those: what lies in files is read
   * once by a client, and may have been replaced since.
   */
  call<T>(act: (location: S3Location) => Promise<T>): Promise<T>;
  clockSkewMs(): number | undefined;
  /** For the sentence about a call that has failed. */
  facts(): Promise<CallFacts>;
  close(): Promise<void>;
}

/** Where a store lies, and how to reach it. */
export interface StorePlace extends S3Options {
  readonly bucket: string;
  readonly prefix: string;
}

/** Nothing is loaded or looked for before the first call. */
export function connectOnce(place: StorePlace): StoreConnection {
  let connecting: Promise<S3Connection> | undefined;
  let connection: S3Connection | undefined;
  let isClosed = false;

  const connect = async (): Promise<S3Connection> => {
    if (isClosed) throw new Error('the store has been closed');
    connection = await (connecting ??= connectS3(place));
    return connection;
  };
  /** Of many who are refused at once one makes the new client; what the old one still does goes on. */
  const renew = (refused: S3Connection): Promise<S3Connection> => {
    if (connection === refused) {
      connection = undefined;
      connecting = undefined;
    }
    return connect();
  };

  return {
    async call(act) {
      const present = await connect();
      try {
        return await act(locationIn(present, place));
      } catch (error) {
        if (!isOfCredentials(error)) throw error;
        return act(locationIn(await renew(present), place));
      }
    },
    clockSkewMs: () => connection?.clockSkewMs(),
    facts: async () => ({
      clockSkewMs: connection?.clockSkewMs(),
      region: await connection?.client.config.region().catch(() => undefined),
    }),
    async close() {
      isClosed = true;
      (await connecting?.catch(() => undefined))?.client.destroy();
    },
  };
}
