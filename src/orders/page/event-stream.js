/**
 * An event of a stream, as the HTML standard has it ("Server-sent events").
 * @typedef {{ type: string, data: string }} StreamEvent
 */

/**
 * Reads events out of the pieces in which a stream comes. `EventSource` would do, but it cannot send a token.
 * @param {(event: StreamEvent) => void} onEvent
 * @returns {(piece: string) => void} to be given the pieces, in order
 */
export function eventParser(onEvent) {
  let rest = '';
  let type = '';
  /** @type {string[]} */
  let data = [];
  /** @param {string} line */
  const read = (line) => {
    if (line === '') {
      if (data.length > 0) onEvent({ type: type || 'message', data: data.join('\n') });
      type = '';
      data = [];
      return;
    }
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === 'event') type = value ?? '';
    if (field === 'data') data.push(value ?? '');
  };
  return (piece) => {
    rest += piece;
    // A carriage return at the end may be the first half of a line end.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    lines.forEach(read);
  };
}

/**
 * Reads a stream to its end.
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} body
 * @param {(event: StreamEvent) => void} onEvent
 * @param {() => void} onSign called whenever anything comes, so that the caller sees that the stream lives
 */
export async function readEvents(body, onEvent, onSign) {
  const parse = eventParser(onEvent);
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onSign();
    parse(value);
  }
}
