import { connect } from 'node:net';

/** Sends raw bytes and gives everything that came back until the server closed. */
export function sendRaw(url: string, ...pieces: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
      for (const piece of pieces) socket.write(piece);
    });
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
}

/** Sends raw bytes and leaves without waiting for an answer. */
export function sendAndLeave(url: string, piece: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
      socket.write(piece, () => setTimeout(() => socket.destroy(), 30));
    });
    socket.on('close', () => resolve()).on('error', reject);
  });
}
