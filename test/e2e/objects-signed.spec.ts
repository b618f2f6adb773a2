import { afterAll, beforeAll, describe } from '@jest/globals';
import { ObjectStore, SignedUrls } from '../../src/storage/index.js';
import { signedUrlsContract } from '../../src/storage/signed-urls.contract.js';
import { startApp, type TestApp } from '../support/app.js';

describe('objects that are served here', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());

  signedUrlsContract('LocalSignedUrls', async () => ({
    urls: app.app.get(SignedUrls),
    store: app.app.get(ObjectStore),
    formsProveMd5: true,
  }));
});
