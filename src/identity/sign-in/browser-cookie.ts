import type { FastifyReply, FastifyRequest } from 'fastify';

/** As long as a sign-in may take. */
const MAX_AGE = 600;

/**
 * The cookie that ties a sign-in to the browser that began it: nobody else's sign-in can be slipped to a browser.
 * @param https whether browsers come by HTTPS; then no other host, and no plain HTTP, can set it (`__Host-`)
 */
export class BrowserCookie {
  private readonly name: string;
  private readonly attributes: string;

  constructor(https: boolean) {
    this.name = https ? '__Host-signalbox-sign-in' : 'signalbox-sign-in';
    this.attributes = `Path=/; Max-Age=${MAX_AGE}; HttpOnly; SameSite=Lax${https ? '; Secure' : ''}`;
  }

  /** What the browser brought. */
  read(request: FastifyRequest): string | undefined {
    const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
    return pairs.find((pair) => pair.startsWith(`${this.name}=`))?.slice(this.name.length + 1);
  }

  /** Gives it to the browser. */
  write(reply: FastifyReply, value: string): void {
    void reply.header('set-cookie', `${this.name}=${value}; ${this.attributes}`);
  }
}
