import { connect, type Socket } from 'node:net';

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  readonly closed: boolean;
}

/**
 * Writes bytes to a server and collects what it says until it closes the connection or has been silent for
 * `quietMs`. For requests that no client library would send.
 */
export function raw(port: number, text: string | Buffer, quietMs = 500): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(text));
    const done = (closed: boolean) => {
      const all = Buffer.concat(chunks).toString();
      const split = all.indexOf('\r\n\r\n');
      const head = split < 0 ? all : all.slice(0, split);
      resolve({
        status: Number(head.split(' ')[1]),
        head,
        body: split < 0 ? '' : all.slice(split + 4),
        closed,
      });
      socket.destroy();
    };
    socket.setTimeout(quietMs, () => done(false));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => done(true));
    socket.on('error', (error) => (chunks.length > 0 ? done(true) : reject(error)));
  });
}

/** A request without a body, as text. */
export function get(path: string, ...headers: string[]): string {
  return [`GET ${path} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n');
}
