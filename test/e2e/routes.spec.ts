import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { definedPermissions } from '../../src/platform/access/permissions.js';
import { openApiDocument } from '../../src/platform/http/openapi.js';
import { RouteTable } from '../../src/platform/http/route-table.js';
import { startApp, type TestApp } from '../support/app.js';
import { jobOf, signUp } from '../support/people.js';

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly permission: string;
}

/** Swagger UI itself is a page, not a route of the API. */
const PAGES = /^\/apidocs/;

describe('the router, the OpenAPI document and the permissions', () => {
  let app: TestApp;
  let operations: Operation[];

  beforeAll(async () => {
    app = await startApp();
    const { paths } = openApiDocument(app.app);
    operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, { 'x-permission'?: string }>).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        permission: operation['x-permission'] ?? '',
      })),
    );
  });
  afterAll(() => app?.close());

  it('serves no route that the document does not know, but for documented aliases', () => {
    const documented = new Set(operations.map(({ method, path }) => `${method} ${path}`));
    const compatibility = readFileSync(join(process.cwd(), 'docs/compatibility.md'), 'utf8');
    const unknown = app.app
      .get(RouteTable)
      .all()
      .filter(({ path }) => !PAGES.test(path))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
      .filter((route) => !documented.has(route) && !compatibility.includes(route.split(' ')[1]!));
    expect(unknown).toEqual([]);
  });

  it('serves every documented operation', () => {
    const served = new Set(
      app.app
        .get(RouteTable)
        .all()
        .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`),
    );
    expect(
      operations.map(({ method, path }) => `${method} ${path}`).filter((operation) => !served.has(operation)),
    ).toEqual([]);
  });

  it('has no two routes for one request', () => {
    const patterns = app.app
      .get(RouteTable)
      .all()
      .map(({ method, path }) => `${method} ${path.replace(/:\w+/g, ':').replace(/\/$/, '')}`);
    expect(patterns.filter((pattern, index) => patterns.indexOf(pattern) !== index)).toEqual([]);
  });

  it('names a declared permission, or public, on every operation', () => {
    const words = new Set(['public', ...definedPermissions().keys()]);
    expect(operations.length).toBeGreaterThan(10);
    expect(operations.filter(({ permission }) => !words.has(permission))).toEqual([]);
  });

  describe('who may not', () => {
    let own: Record<string, string>;
    let user: string;
    const guarded = () => operations.filter(({ permission }) => permission !== 'public');

    beforeAll(async () => {
      const admin = await app.adminToken();
      user = (await signUp(app, 'somebody')).token;
      const adminId = '1';
      // What the admin owns stands in for every id in a path.
      own = {
        '/api/v1.0/jobs': await jobOf(app, admin),
        '/api/v1.0/tasks/status': await jobOf(app, admin),
        '/acme_orders': await jobOf(app, admin),
        '/api/v1.0/users': adminId,
      };
    });

    const fill = (path: string) => {
      const id = Object.entries(own).find(([prefix]) => path.startsWith(prefix))?.[1] ?? '1';
      return path.replace(/\{[^}]+\}/g, id);
    };
    const call = ({ method, path }: Operation, token?: string, headers: Record<string, string> = {}) =>
      app.request(fill(path), {
        method,
        token,
        headers: { ...(method !== 'GET' && { 'content-type': 'application/json' }), ...headers },
        ...(method !== 'GET' && { body: '{}' }),
      });

    it('refuses nobody with 401 everywhere', async () => {
      for (const operation of guarded()) {
        const response = await call(operation);
        expect([operation.method, operation.path, response.status]).toEqual([
          operation.method,
          operation.path,
          401,
        ]);
        expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
      }
    });

    it('refuses a made-up token with 401 everywhere', async () => {
      for (const operation of guarded()) {
        const response = await call(operation, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.');
        expect([operation.path, response.status]).toEqual([operation.path, 401]);
      }
    });

    it('refuses a user what only administrators may, with 403', async () => {
      const reserved = guarded().filter(
        ({ permission }) => definedPermissions().get(permission)!.everyone !== true,
      );
      for (const operation of reserved) {
        const response = await call(operation, user);
        expect([operation.path, response.status]).toEqual([operation.path, 403]);
      }
    });

    it('hides what belongs to another owner, and tells it from nothing by no word', async () => {
      const byOwner = guarded().filter(
        ({ path }) =>
          path.includes('{') && (/jobs|tasks\/status/.test(path) || path.includes('/import/status/')),
      );
      expect(byOwner.length).toBeGreaterThan(4);
      for (const operation of byOwner) {
        const foreign = await call(operation, user);
        const missing = await app.request(
          operation.path.replace(/\{[^}]+\}/g, '0199f0de-5f5a-7cc4-8d3e-0123456789ab'),
          { method: operation.method, token: user },
        );
        expect([operation.path, foreign.status]).toEqual([operation.path, 404]);
        expect(missing.status).toBe(404);
        const words = async (response: Response) =>
          (await response.text()).replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
        expect(await words(foreign)).toBe(await words(missing));
      }
    });
  });
});
