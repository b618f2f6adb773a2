import type { DestinationStream } from 'pino';

const INFO = 30;
/**
 * In the query of legacy clients and of signed addresses. A name with a percent sign in it may be any of them, written in
 * another way.
 */
const SECRET_PARAMETER =
  /([?&](?:jwt|token|access_token|refresh_token|id_token|code|state|password|secret|client_secret|api_?key|signature|x-amz-(?:signature|credential|security-token)|[^?=&%]*%[^?=&]*)=)[^&]*/gi;
/** What looks like a token, an API key, a client secret or a refresh token, wherever somebody put it. */
const SECRET_LOOK = /(?<![\w-])(?:ey[\w-]{8,}\.[\w-]+\.[\w-]*|sb[crx]_[\w-]+)/g;

/** The line per request, put together by hand: the logger's way costs three times as much, and redaction ten times. */
export class RequestLog {
  private readonly start = `{"level":${INFO},"pid":${process.pid},"time":`;

  constructor(private readonly destination: DestinationStream) {}

  /**
   * @param url its secret parameters are redacted, and what looks like a token
   * @param cut whether the caller did not get the whole answer
   */
  write(
    requestId: string,
    method: string,
    url: string,
    status: number,
    milliseconds: number,
    cut: boolean,
  ): void {
    const query = url.includes('=') ? url.replace(SECRET_PARAMETER, '$1[redacted]') : url;
    const path = JSON.stringify(/ey|sb[crx]_/.test(query) ? query.replace(SECRET_LOOK, '[redacted]') : query);
    const end = cut ? ',"cut":true' : '';
    this.destination.write(
      `${this.start}${Date.now()},"msg":"request","requestId":"${requestId}","method":"${method}","path":${path},"status":${status},"ms":${Math.round(milliseconds)}${end}}\n`,
    );
  }
}
