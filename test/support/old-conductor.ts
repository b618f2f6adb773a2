import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** A Conductor as others run it: its key over HTTP, and permission tokens as PyJWT makes them. */
export class OldConductor {
  /** How often its key was asked for. */
  asked = 0;
  /** Without a slash at its end; the same when it has stopped. */
  readonly url: string;
  private keys: KeyPair;

  private constructor(
    private readonly server: Server,
    private readonly paths: readonly string[],
  ) {
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.keys = newKeys();
    server.on('request', (request, response) => {
      this.asked++;
      if (!this.paths.includes(request.url!)) response.writeHead(404).end('no');
      else response.writeHead(200, { 'content-type': 'text/html' }).end(this.publicPem);
    });
  }

  /** @param paths where it has its key */
  static async start(paths = ['/user/public-key']): Promise<OldConductor> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new OldConductor(server, paths);
  }

  get publicPem(): string {
    return this.keys.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  }

  /** A token with these claims, and nothing that was not given. */
  token(claims: object, header: object = { alg: 'RS256' }): string {
    const signed = [header, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(this.keys.privateKey, 'base64url')}`;
  }

  /** Has another key from now on. */
  rotate(): void {
    this.keys = newKeys();
  }

  /** Answers no more. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function newKeys(): KeyPair {
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}
