import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Answer = (response: ServerResponse, request: IncomingMessage) => unknown;

/** A server on loopback that gives what a test has put there, and counts who comes. */
export class RemoteServer {
  /** Connections so far. */
  connections = 0;
  /** Path and query of each request so far. */
  readonly requests: string[] = [];
  private readonly answers = new Map<string, Answer>();

  private constructor(private readonly server: Server) {
    server.on('connection', () => this.connections++);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.requests.push(request.url!);
      const answer = this.answers.get(request.url!.split('?')[0]!);
      if (answer) answer(response, request);
      else response.writeHead(404).end();
    });
  }

  static async start(): Promise<RemoteServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RemoteServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Has a path give a content, JSON where it is an object, or answer in its own way. Returns its address. */
  at(path: string, content: string | Buffer | object | Answer): string {
    const answer: Answer =
      typeof content === 'function'
        ? (content as Answer)
        : (response) =>
            response.end(
              typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content),
            );
    this.answers.set(path, answer);
    return this.url + path;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
