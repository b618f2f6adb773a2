import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { HttpConfig } from '../platform/config/platform.config.js';
import { type VersionedDocument, versionedDocument } from '../platform/http/versioned-document.js';
import { OrdersConfig } from './orders.config.js';
import { OrderAddressError } from './orders.errors.js';

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
  private loaded: ReadonlyMap<string, VersionedDocument> | undefined;

  constructor(
    private readonly config: OrdersConfig,
    private readonly http: HttpConfig,
  ) {}

  /**
   * A file of the page.
   * @throws OrderAddressError where it has none of that name
   */
  file(name: string): VersionedDocument {
    this.loaded ??= this.load(); // not at boot: workers and the command line never need them
    const file = this.loaded.get(name);
    if (!file) throw new OrderAddressError();
    return file;
  }

  private load(): Map<string, VersionedDocument> {
    const files = new Map([
      [SETTINGS, versionedDocument(this.settings(), 'application/json; charset=utf-8')],
    ]);
    for (const name of readdirSync(FOLDER)) {
      const contentType = CONTENT_TYPES[extname(name)];
      if (contentType !== undefined)
        files.set(name, versionedDocument(readFileSync(join(FOLDER, name)), contentType));
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
