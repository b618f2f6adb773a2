import { connect, type Socket } from 'node:net';

/** How long an answer is waited for. What takes longer hangs. */
const PATIENCE_MS = 10_000;
/** Enough of an answer to judge it by. */
const ENOUGH_BYTES = 8 * 1024 ** 2;

/** What came back. `end`: `whole`, or why it is not. */
export interface Answer {
  readonly end: 'whole' | 'cut' | 'silent' | 'hung';
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  readonly ms: number;
}

/**
 * Writes a request as it is and reads the answer. Not by a client library: none sends what is wrong. A stream of events
 * is left after its first bytes.
 * @param endsEarly whether the request promises more than comes, so that the server must see that nothing does
 */
export function exchange(
  port: number,
  request: Buffer,
  { head, endsEarly }: { head: boolean; endsEarly: boolean },
): Promise<Answer> {
  const begun = performance.now();
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let done = false;
    const socket: Socket = connect(port, '127.0.0.1', () => {
      socket.write(request);
      if (endsEarly) socket.end();
    });
    const finish = (end: Answer['end'] | undefined) => {
      if (done) return;
      const found = readAnswer(Buffer.concat(chunks), head);
      if (end === undefined && !found?.whole) return;
      done = true;
      socket.destroy();
      const ms = performance.now() - begun;
      if (found) resolve({ ...found, end: found.whole ? 'whole' : (end ?? 'cut'), ms });
      else
        resolve({
          end: end === 'cut' ? 'silent' : (end ?? 'silent'),
          status: 0,
          headers: new Map(),
          body: Buffer.alloc(0),
          ms,
        });
    };
    socket.setNoDelay(true);
    socket.setTimeout(PATIENCE_MS, () => finish('hung'));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      finish(undefined);
    });
    socket.on('close', () => finish('cut'));
    socket.on('error', () => undefined); // `close` follows
  });
}

interface Found {
  readonly status: number;
  readonly headers: Map<string, string>;
  readonly body: Buffer;
  readonly whole: boolean;
}

/** Reads as much of an answer as there is. */
function readAnswer(bytes: Buffer, head: boolean): Found | undefined {
  const split = bytes.indexOf('\r\n\r\n');
  if (split === -1) return undefined;
  const [first, ...lines] = bytes.toString('latin1', 0, split).split('\r\n');
  const status = Number(first!.split(' ')[1]);
  const rest = bytes.subarray(split + 4);
  if (status >= 100 && status < 200) return readAnswer(rest, head); // `Continue`: the answer comes after it
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { status, headers, ...bodyOf(rest, status, headers, head) };
}

function bodyOf(rest: Buffer, status: number, headers: Map<string, string>, head: boolean) {
  if (head || status === 204 || status === 304) return { body: rest, whole: true };
  const isEnough =
    rest.length > ENOUGH_BYTES ||
    (rest.length > 0 && headers.get('content-type')?.startsWith('text/event-stream') === true);
  if (headers.get('transfer-encoding') === 'chunked') {
    const { body, whole } = dechunked(rest);
    return { body, whole: whole || isEnough };
  }
  const length = headers.get('content-length');
  return { body: rest, whole: isEnough || (length !== undefined && rest.length >= Number(length)) };
}

function dechunked(bytes: Buffer): { body: Buffer; whole: boolean } {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n', at);
    const size = end === -1 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, end), 16);
    const whole = size === 0;
    if (whole || Number.isNaN(size) || end + 2 + size > bytes.length)
      return { body: Buffer.concat(parts), whole };
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
