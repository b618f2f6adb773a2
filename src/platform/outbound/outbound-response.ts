import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { parse } from 'secure-json-parse';
import { OutboundResponseInvalidError } from './outbound.errors.js';

/**
 * An answer from outside. The connection stays open, until the deadline at most, while `body` is unread:
 * read it to the end or call `body.destroy()`. The body arrives as it was sent, compressed if it was.
 */
export class OutboundResponse {
  constructor(
    /** Any status, also 4xx and 5xx; a redirect only where it names no target. */
    readonly status: number,
    readonly headers: IncomingHttpHeaders,
    /** Fails with the errors of `outbound.errors.ts`; never longer than the request's `maxBytes`. */
    readonly body: Readable,
    /** Where the answer came from after all redirects. */
    readonly url: string,
  ) {}

  /**
   * The whole body as UTF-8 text, so at most `maxBytes` of memory.
   * @throws OutboundResponseInvalidError when it is compressed, and the errors of `body`
   */
  async text(): Promise<string> {
    const encoding = this.headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      this.body.destroy();
      throw this.invalid('a compressed body although none was asked for');
    }
    return text(this.body);
  }

  /**
   * The whole body as JSON; check its shape before use.
   * @throws OutboundResponseInvalidError when it is not JSON or sets a prototype, and the errors of `text`
   */
  async json(): Promise<unknown> {
    const body = await this.text();
    try {
      return parse(body) as unknown;
    } catch (error) {
      throw this.invalid('a body that is not valid JSON', error);
    }
  }

  private invalid(what: string, cause?: unknown): OutboundResponseInvalidError {
    return new OutboundResponseInvalidError(new URL(this.url).host, what, cause);
  }
}
