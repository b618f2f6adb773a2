import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';

/** The build copies the folder beside the compiled file. */
const FILE = join(import.meta.dirname, 'page', 'sign-in.js');

/** The sign-in for pages, as browsers get it. */
export interface Library {
  readonly body: Buffer;
  /** Changes with the content (RFC 9110, 8.8.3). */
  readonly etag: string;
}

/** The module that pages import to sign people in. */
@Injectable()
export class SignInLibrary {
  private loaded: Library | undefined;

  /** The file; read at the first request, as workers and the command line never need it. */
  get file(): Library {
    if (!this.loaded) {
      const body = readFileSync(FILE);
      this.loaded = { body, etag: `"${hash('sha256', body, 'base64url').slice(0, 22)}"` };
    }
    return this.loaded;
  }
}
