import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { TestApp, TestRequest } from './app.js';
import { signUp } from './people.js';

/** A server that can be asked. */
export type Server = Pick<TestApp, 'request'>;

/** Somebody who uploads: his userid, and tokens of his. */
export interface Uploader {
  readonly userid: string;
  readonly id: number;
  /** A user token. */
  readonly token: string;
  /** Permission tokens of the two upload services. */
  readonly datastore: string;
  readonly rawstore: string;
}

/** Makes a user with his tokens. */
export async function uploader(app: TestApp, nickname: string): Promise<Uploader> {
  const { token, id } = await signUp(app, nickname);
  return uploaderOf(app, token, id);
}

/** The uploader that a user token is of. */
export async function uploaderOf(
  app: Pick<TestApp, 'request'>,
  token: string,
  id: number,
): Promise<Uploader> {
  const tokenFor = async (service: string) => {
    const answer = await app.request(`/user/authorize?service=${service}`, { token });
    return ((await answer.json()) as { token: string }).token;
  };
  const [datastore, rawstore] = [await tokenFor('os.datastore'), await tokenFor('rawstore')];
  return { userid: decodeJwt(token).sub!, id, token, datastore, rawstore };
}

export function md5Base64(content: string | Buffer): string {
  return createHash('md5').update(content).digest('base64');
}

/** How a content is described to the upload services. */
export function described(
  content: string | Buffer,
  name = 'data.csv',
  type?: string,
): Record<string, unknown> {
  return {
    length: Buffer.byteLength(content),
    md5: md5Base64(content),
    name,
    ...(type !== undefined && { type }),
  };
}

export interface AuthorizedPut {
  md5: string;
  name: string;
  length: number | string;
  upload_url: string;
  upload_query: Record<string, string[]>;
  type?: string;
}

export interface AuthorizedForm {
  upload_url: string;
  upload_query: Record<string, string>;
  exists: boolean;
  type?: string;
}

/** Asks for uploads as the originals' clients do: JSON without a content type of its own. */
export function authorize(
  app: Server,
  path: string,
  token: string | undefined,
  metadata: unknown,
  filedata: unknown,
  options: TestRequest = {},
): Promise<Response> {
  return app.request(path, {
    method: 'POST',
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      ...(token !== undefined && { 'auth-token': token }),
    },
    body: JSON.stringify({ metadata, filedata }),
    ...options,
  });
}

/** What came back for one path; throws where it was refused. */
export async function authorized<T>(answer: Response, path = 'data.csv'): Promise<T> {
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { filedata: Record<string, T> }).filedata[path]!;
}

/** The query that belongs to the address of an upload. */
export function queryOf({ upload_query }: AuthorizedPut): string {
  const query = Object.entries(upload_query).map(([name, [value]]): [string, string] => [name, value!]);
  return new URLSearchParams(query).toString();
}

/** PUTs the content as `oscli` does. */
export function put(upload: AuthorizedPut, content: string | Buffer): Promise<Response> {
  const { upload_url, md5, type } = upload;
  return fetch(`${upload_url}?${queryOf(upload)}`, {
    method: 'PUT',
    headers: { 'content-md5': md5, ...(type !== undefined && { 'content-type': type }) },
    body: Buffer.from(content), // a text would bring a type of its own
  });
}

/** The form of an upload, with the content. */
export function formOf({ upload_query }: AuthorizedForm, content: string): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(upload_query)) form.set(name, value);
  form.set('file', new Blob([content]), 'data.csv');
  return form;
}

/** POSTs the content as the `data` command does. */
export function post(upload: AuthorizedForm, content: string): Promise<Response> {
  return fetch(upload.upload_url, { method: 'POST', body: formOf(upload, content) });
}

/** Uploads a content to a dataset, through OpenSpending's data store. */
export async function store(
  app: Server,
  { userid, datastore }: Pick<Uploader, 'userid' | 'datastore'>,
  name: string,
  path: string,
  content: string | Buffer,
): Promise<string> {
  const answer = await authorize(
    app,
    '/datastore/authorize',
    datastore,
    { owner: userid, name },
    { [path]: described(content) },
  );
  const upload = await authorized<AuthorizedPut>(answer, path);
  const stored = await put(upload, content);
  if (stored.status !== 200) throw new Error(`${stored.status} ${await stored.text()}`);
  return upload.upload_url;
}
