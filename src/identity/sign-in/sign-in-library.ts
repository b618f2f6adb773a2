import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { type VersionedDocument, versionedDocument } from '../../platform/http/versioned-document.js';

/** The build copies the folder beside the compiled file. */
const FILE = join(import.meta.dirname, 'page', 'sign-in.js');

/** The module that pages import to sign people in. */
@Injectable()
export class SignInLibrary {
  private loaded: VersionedDocument | undefined;

  /** The file; read at the first request, as workers and the command line never need it. */
  get file(): VersionedDocument {
    this.loaded ??= versionedDocument(readFileSync(FILE), 'text/javascript; charset=utf-8');
    return this.loaded;
  }
}
