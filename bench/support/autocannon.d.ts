declare module 'autocannon' {
  interface Result {
    readonly requests: { readonly average: number; readonly total: number };
    readonly duration: number;
    readonly non2xx: number;
    readonly errors: number;
  }
  export interface Options {
    url: string;
    connections: number;
    duration: number;
    /** Requests under way at once on each connection. */
    pipelining?: number;
    headers?: Record<string, string>;
  }
  /** Sends load to a URL and measures it. */
  export default function autocannon(options: Options): Promise<Result>;
}
