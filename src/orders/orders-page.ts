import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { HttpConfig } from '../platform/config/platform.config.js';
import { OrdersConfig } from './orders.config.js';
import { OrderAddressError } from './orders.errors.js';

/** A file of the page, as browsers get it. */
export interface PageFile {
  readonly body: Buffer;
  readonly contentType: string;
  /** Changes with the content (RFC 9110, 8.8.3). */
  readonly etag: string;
}

/** The build copies the folder beside the compiled file. */
const FOLDER = join(import.meta.dirname, 'page');
/** The page asks it how to behave: what the operator configured is not in any file. */
const SETTINGS = 'settings.json';
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The files of the page for people. Only what lay in the folder at the first request is ever served. */
@Injectable()
export class OrdersPage {
  private loaded: ReadonlyMap<string, PageFile> | undefined;

  constructor(
    private readonly config: OrdersConfig,
    private readonly http: HttpConfig,
  ) {}

  /**
   * A file of the page.
   * @throws OrderAddressError where it has none of that name
   */
  file(name: string): PageFile {
    this.loaded ??= this.load(); // not at boot: workers and the command line never need them
    const file = this.loaded.get(name);
    if (!file) throw new OrderAddressError();
    return file;
  }

  private load(): Map<string, PageFile> {
    const files = new Map([[SETTINGS, pageFile(this.settings(), 'application/json; charset=utf-8')]]);
    for (const name of readdirSync(FOLDER)) {
      const contentType = CONTENT_TYPES[extname(name)];
      if (contentType !== undefined) files.set(name, pageFile(readFileSync(join(FOLDER, name)), contentType));
    }
    return files;
  }

  private settings(): Buffer {
    const { ORDERS_ANONYMOUS, ALLOWED_EXTENSIONS } = this.config;
    return Buffer.from(
      JSON.stringify({
        anonymous: ORDERS_ANONYMOUS,
        extensions: ALLOWED_EXTENSIONS,
        upload_limit: this.http.UPLOAD_LIMIT,
      }),
    );
  }
}

function pageFile(body: Buffer, contentType: string): PageFile {
  return {
    body,
    contentType,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
  };
}
