import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

const REFUSALS: Readonly<Record<string, Refusal | undefined>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'HEADERS_TOO_LARGE',
    detail:
      'The address and headers of the request are too large together. Send less of them, or a body instead.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'REQUEST_TIMEOUT',
    detail: 'The request did not arrive in time. Send it again.',
  },
};

const NOT_HTTP: Refusal = {
  status: 400,
  code: 'NOT_HTTP',
  detail: 'What was sent is not a valid HTTP request.',
};

/** Answers what Node refuses before there is a request, in the form of every other error, and closes the connection. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  // Inside an answer that is under way ours would be taken for a part of it.
  if (socket.writable && !answering(socket)) socket.write(render(REFUSALS[error.code ?? ''] ?? NOT_HTTP));
  socket.destroy();
}

function answering(socket: Socket): boolean {
  return Boolean((socket as { _httpMessage?: { headersSent?: boolean } })._httpMessage?.headersSent);
}

function render({ status, code, detail }: Refusal): string {
  const title = STATUS_CODES[status];
  const requestId = randomUUID();
  const body = JSON.stringify({
    type: 'about:blank',
    title,
    status,
    detail,
    code,
    message: detail,
    requestId,
  });
  return [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    `X-Request-Id: ${requestId}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
