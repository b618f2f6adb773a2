import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { definedPermissions } from '../../src/platform/access/permissions.js';
import { openApiDocument } from '../../src/platform/http/openapi.js';
import { RouteTable } from '../../src/platform/http/route-table.js';
import { startApp, type TestApp } from '../support/app.js';

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly permission: string;
}

/**
 * Everything that is open. A new route here needs a reason: that it is for people who have no account yet, or that the
 * contract of an original has it answer to everybody.
 */
const OPEN = `
GET /, GET /health/live, GET /health/ready, GET /metrics, GET /api/spec, GET /acme_orders,
GET /user/authorize, POST /api/authorize, GET /user/check, GET /auth/check, POST /user/update,
GET /auth/resolve, GET /resolver/resolve, GET /auth/get_profile, GET /user/public-key, GET /.well-known/jwks.json,
GET /user/login/{provider}, GET /user/callback/{provider}, GET /user/lib, POST /api/v1.0/tokens/refresh,
PUT /objects/{path}, GET /objects/{path}, POST /objects, GET /rawstore/presign,
POST /hooks/load/api, GET /hooks/load/api, GET /hooks/load/callback, POST /hooks/load/callback,
GET /package/{id}/data/{resource}, GET /package/{id}/files/{path}, GET /package, GET /package/stats,
POST /package/publish, POST /package/delete, POST /package/update_params, GET /package/{id},
GET /search/{kind}, POST /package/run-hooks`
  .split(',')
  .map((operation) => operation.trim());

/** A path of the router as the document has it; there, what a path ends with in any length is called `path`. */
const documentedPath = (path: string) => path.replace(/:(\w+)/g, '{$1}').replace(/\*$/, '{path}');
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
      .map(({ method, path }) => `${method} ${documentedPath(path)}`)
      .filter((route) => !documented.has(route) && !compatibility.includes(route.split(' ')[1]!));
    expect(unknown).toEqual([]);
  });

  it('serves every documented operation', () => {
    const served = new Set(
      app.app
        .get(RouteTable)
        .all()
        .map(({ method, path }) => `${method} ${documentedPath(path)}`),
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

  it('is open where it is meant to be, and nowhere else', () => {
    const open = operations.filter(({ permission }) => permission === 'public');
    expect(open.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...OPEN].sort());
  });
});
