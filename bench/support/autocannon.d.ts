declare module 'autocannon' {
  export interface Result {
    readonly requests: { readonly average: number; readonly total: number };
    /** In milliseconds. */
    readonly latency: { readonly p99: number };
    readonly duration: number;
    readonly non2xx: number;
    readonly errors: number;
    readonly statusCodeStats: Readonly<Record<string, { readonly count: number }>>;
  }
  export interface Request {
    method?: string;
    headers?: Record<string, string>;
    /** Changes each request before it is sent. */
    setupRequest?(request: Request): Request;
  }
  export interface Options {
    url: string;
    connections: number;
    duration: number;
    /** Requests under way at once on each connection. */
    pipelining?: number;
    /** Requests a second over all connections; unlimited without. */
    overallRate?: number;
    headers?: Record<string, string>;
    requests?: Request[];
  }
  /** Sends load to a URL and measures it. */
  export default function autocannon(options: Options): Promise<Result>;
}
