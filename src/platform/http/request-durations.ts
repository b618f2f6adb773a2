import type { Histogram, Registry } from 'prom-client';

const NAME = 'http_request_duration_seconds';
const BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** One line of Prometheus's text. */
interface Value {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

interface Series {
  readonly labels: Readonly<Record<'method' | 'route' | 'status', string>>;
  /** By bound, each without those below it. */
  readonly counts: number[];
  sum: number;
  count: number;
}

/**
 * The histogram of requests, in plain numbers until somebody asks for it: the library's own builds and hashes a set of
 * labels for every value, which costs as much as a quarter of a whole bare request.
 */
export class RequestDurations {
  /** By route, method and status: looked up one after the other, for a joined key would be built for each request. */
  private readonly routes = new Map<string, Map<string, Map<number, Series>>>();

  constructor(registry: Registry) {
    const metric = {
      name: NAME,
      reset: () => this.routes.clear(),
      get: async () => ({
        name: NAME,
        help: 'Duration of HTTP requests',
        type: 'histogram',
        aggregator: 'sum',
        values: this.series().flatMap(valuesOf),
      }),
    };
    registry.registerMetric(metric as unknown as Histogram); // as much of one as the registry asks for
  }

  observe(method: string, route: string, status: number, seconds: number): void {
    const series = this.seriesOf(method, route, status);
    const bound = BOUNDS.findIndex((one) => seconds <= one);
    if (bound >= 0) series.counts[bound]!++;
    series.sum += seconds;
    series.count++;
  }

  private seriesOf(method: string, route: string, status: number): Series {
    const methods = valueAt(this.routes, route, () => new Map<string, Map<number, Series>>());
    const statuses = valueAt(methods, method, () => new Map<number, Series>());
    return valueAt(statuses, status, () => ({
      labels: { method, route, status: String(status) },
      counts: BOUNDS.map(() => 0),
      sum: 0,
      count: 0,
    }));
  }

  private series(): Series[] {
    return [...this.routes.values()].flatMap((methods) =>
      [...methods.values()].flatMap((statuses) => [...statuses.values()]),
    );
  }
}

function valueAt<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

function valuesOf({ labels, counts, sum, count }: Series): Value[] {
  let below = 0;
  const buckets = BOUNDS.map((le, index) => ({
    metricName: `${NAME}_bucket`,
    labels: { ...labels, le },
    value: (below += counts[index]!),
  }));
  return [
    ...buckets,
    { metricName: `${NAME}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${NAME}_sum`, labels, value: sum },
    { metricName: `${NAME}_count`, labels, value: count },
  ];
}
