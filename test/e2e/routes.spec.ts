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
});
