import type { IncomingMessage, Server } from 'node:http';

/** How long the body of a request may take. */
export interface BodyTimes {
  /** Milliseconds within which it must have come; not for uploads, which may take as long as they go on. */
  readonly wholeMs: number;
  /** Milliseconds in each of which so many bytes of an upload must have come. */
  readonly stallMs: number;
  readonly stallBytes: number;
  /** Whether a path takes uploads as they come. */
  readonly isUpload: (path: string) => boolean;
}

/**
 * Cuts off who sends a body too slowly, with 408. Node knows one limit for all requests of a server, which a large file
 * over an ordinary line cannot keep.
 */
export function watchBodies(server: Server, times: BodyTimes): void {
  server.on('request', (request: IncomingMessage) => {
    if (hasBody(request)) watch(server, request, times);
  });
}

function watch(server: Server, request: IncomingMessage, times: BodyTimes): void {
  const { socket } = request;
  let before = socket.bytesRead;
  const isStalled = () => {
    const came = socket.bytesRead - before;
    before += came;
    return came < times.stallBytes;
  };
  // A body that nobody reads any more takes up a connection too, until all of it has come.
  const isOver = () => request.complete || socket.destroyed;
  const look = (isLate: () => boolean) => {
    if (!isOver() && isLate()) server.emit('clientError', new BodyTimeoutError(), socket);
    if (isOver()) clearInterval(timer);
  };
  const timer = times.isUpload(request.url ?? '')
    ? setInterval(look, times.stallMs, isStalled)
    : setTimeout(look, times.wholeMs, () => true);
  timer.unref();
  request.once('close', () => {
    if (isOver()) clearInterval(timer);
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** As Node has it, so that it is answered in the same way. */
class BodyTimeoutError extends Error {
  readonly code = 'ERR_HTTP_REQUEST_TIMEOUT';
}
