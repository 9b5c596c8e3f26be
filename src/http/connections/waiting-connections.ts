/**
 * Connections that wait to be read. Addresses take turns; of one address the newest and the longest waiting come in
 * turn, so that nobody has to wait for all of a crowd that came before, and nobody waits for ever.
 */
export class WaitingConnections<Connection extends { readonly network: string }> {
  /** They had their turn, which was over before they were reached. */
  readonly #putBack: Connection[] = [];
  readonly #byNetwork = new Map<string, Connection[]>();
  #isNewestNext = true;
  #size = 0;

  get size(): number {
    return this.#size + this.#putBack.length;
  }

  push(connection: Connection): void {
    const others = this.#byNetwork.get(connection.network);
    if (others) others.push(connection);
    else this.#byNetwork.set(connection.network, [connection]);
    this.#size += 1;
  }

  /** It is taken before all that were pushed. */
  putBack(connection: Connection): void {
    this.#putBack.push(connection);
  }

  /** Takes the one whose turn it is; undefined when none waits. */
  take(): Connection | undefined {
    if (this.#putBack.length > 0) return this.#putBack.shift();
    const [first] = this.#byNetwork;
    if (!first) return undefined;
    const [network, connections] = first;
    const taken = this.#isNewestNext ? connections.pop() : connections.shift();
    this.#isNewestNext = !this.#isNewestNext;
    this.#size -= 1;
    this.#byNetwork.delete(network);
    if (connections.length > 0) this.#byNetwork.set(network, connections);
    return taken;
  }
}
