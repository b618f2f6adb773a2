import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { systemActor, UsersService } from '../../src/identity/index.js';
import { Database } from '../../src/platform/database/database.js';
import { ObjectStore } from '../../src/storage/index.js';
import type { TestApp, TestRequest } from './app.js';

export const ORDERS = '/acme_orders/api/v1/orders';
export const IMPORT = `${ORDERS}/import`;
export const ORDER_HEADER = 'id|name|email|state|zipcode|birthday\n';

/** What every answer of the orders API is wrapped in. */
export interface Envelope<Result = Record<string, unknown>> {
  result: Result;
  status_code: number;
  uuid: string;
  message: string;
}
export type ListedOrders = { id: number; valid: boolean; name: string }[];

/** A user of the orders API. */
export class OrdersClient {
  private constructor(
    private readonly app: TestApp,
    readonly token: string | undefined,
  ) {}

  /** Nobody: asks without credentials. */
  static anonymous(app: TestApp): OrdersClient {
    return new OrdersClient(app, undefined);
  }

  /** Makes a new user and signs it in. */
  static async of(app: TestApp, name: string): Promise<OrdersClient> {
    const { password } = await app.app.get(UsersService).createUser(systemActor(), name);
    const answer = await app.request('/api/v1.0/tokens?expiration=3600', {
      method: 'POST',
      basic: [name, password],
    });
    return new OrdersClient(app, ((await answer.json()) as { token: string }).token);
  }

  /** Asks, and checks that the answer is an envelope of the expected status. */
  async ask<Result = Record<string, unknown>>(
    path: string,
    status = 200,
    options: TestRequest = {},
  ): Promise<Envelope<Result>> {
    return expectEnvelope(await this.app.request(path, { token: this.token, ...options }), status);
  }

  /** Uploads a file, with parameters such as `?dry_run=true`, and returns where its status is. */
  async upload(content: string | Buffer, parameters = ''): Promise<string> {
    const body = form(['csv_file', 'orders.csv', content]);
    const answer = await this.app.request(IMPORT + parameters, { method: 'PUT', token: this.token, body });
    await expectEnvelope(answer, 200);
    return answer.headers.get('location')!;
  }

  /** Polls until the import has ended, and returns its status. */
  async ended(location: string): Promise<Record<string, unknown>> {
    for (let tries = 0; tries < 600; tries++) {
      const { result } = await this.ask(location);
      if (['SUCCESS', 'FAILURE'].includes(result['status'] as string)) return result;
      await sleep(50);
    }
    throw new Error('the import did not end within 30 s');
  }
}

/** Checks that an answer is an envelope of this status, and returns it. */
export async function expectEnvelope<Result>(answer: Response, status: number): Promise<Envelope<Result>> {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const envelope = (await answer.json()) as Envelope<Result>;
  expect(Object.keys(envelope)).toEqual(['result', 'status_code', 'uuid', 'message']);
  expect(envelope.status_code).toBe(status);
  if (status >= 300) expect(envelope.result).toEqual({});
  return envelope;
}

/** A form with the given files. */
export function form(...files: [field: string, name: string, content: string | Buffer][]): FormData {
  const data = new FormData();
  for (const [field, name, content] of files) {
    data.append(field, new Blob([new Uint8Array(Buffer.from(content))]), name);
  }
  return data;
}

/** Keys of the uploads that are in the store. */
export async function storedUploads({ app }: TestApp): Promise<string[]> {
  const { objects } = await app.get(ObjectStore).list('orders/', { limit: 1000 });
  return objects.map(({ key }) => key);
}

/** The only row that a query gives. */
export async function onlyRow<Row>({ app }: TestApp, sql: string): Promise<Row> {
  const rows = await app.get(Database).query<Row>(sql);
  expect(rows).toHaveLength(1);
  return rows[0]!;
}
