/** What an upload is bound to. */
export interface UploadTerms {
  /** Exact length of the content in bytes. */
  readonly length: number;
  /** MD5 of the content, as `Content-MD5` has it. */
  readonly md5Base64: string;
  /** Seconds for which the upload may begin: 1 to MAX_EXPIRY. */
  readonly expiresIn: number;
}

export interface PutTerms extends UploadTerms {
  /** Media type that must be sent as `Content-Type`; without it, it is not looked at. */
  readonly contentType?: string;
}

export interface PostTerms extends UploadTerms {
  readonly contentType: string;
  /**
   * Goes into the form, as clients expect it. It decides nothing: who may read an object is for those to say who know
   * whose it is.
   */
  readonly visibility: 'public' | 'private';
}

export interface GetTerms {
  /** Seconds for which the object may be asked for: 1 to MAX_EXPIRY. */
  readonly expiresIn: number;
  /** Name under which browsers save the object instead of showing it. */
  readonly download?: string;
}

/** Where a PUT goes: the whole address is `url?query`. */
export interface SignedPut {
  /** Without a query, and without a slash at its end. */
  readonly url: string;
  readonly query: Readonly<Record<string, string>>;
}

/** Where a form goes. */
export interface SignedPost {
  /** Without a slash at its end; `url/key` is the object's address. */
  readonly url: string;
  /** The fields of the form. After them comes the content, as field `file`. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Most seconds that an address may be good for: a week, as S3 has it. */
export const MAX_EXPIRY = 7 * 24 * 3600;

/**
 * Addresses that let somebody without an account here write or read one object, for a while. Every method throws
 * InvalidObjectKeyError and InvalidObjectRequestError as ObjectStore does.
 */
export abstract class SignedUrls {
  /**
   * For a PUT with the headers `Content-Length`, `Content-MD5` and, if one was given, `Content-Type`, all of them as
   * signed. It is answered with 200; with 403 where the address or a header is another, with 400 where the content is.
   */
  abstract signPut(key: string, terms: PutTerms): Promise<SignedPut>;

  /** For a form (multipart/form-data) with just these fields, as S3 has it. It is answered with 204, or as a PUT is. */
  abstract signPost(key: string, terms: PostTerms): Promise<SignedPost>;

  /** For GET and HEAD. */
  abstract signGet(key: string, terms: GetTerms): Promise<string>;

  /** The address of an object, not signed. */
  abstract objectUrl(key: string): string;

  /**
   * What addresses of objects begin with after `http://` or `https://`, such as `localhost:3000/objects`,
   * `s3.example.org/bucket` and `bucket.s3.example.org`; without a slash at the end.
   */
  abstract places(): readonly string[];
}
