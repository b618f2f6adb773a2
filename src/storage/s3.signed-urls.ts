import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { mediaTypeOf, WITHOUT_MEANING } from './media-types.js';
import type { S3Bucket } from './s3-bucket.js';
import { attachment, checkTerms, checkUploadTerms, encodeKey } from './signed-terms.js';
import {
  type GetTerms,
  type PostTerms,
  type PutTerms,
  type SignedPost,
  type SignedPut,
  SignedUrls,
} from './signed-urls.port.js';
import { InvalidObjectKeyError } from './storage.errors.js';

/**
 * Not `public-read`, even for what is public: buckets with access lists switched off, as new ones are, refuse it. This
 * one they all take; it gives nobody anything but the owner of the bucket.
 */
const ACL = 'bucket-owner-full-control';

/** Addresses of the service itself, signed with its own signature (version 4): the content does not pass through here. */
export class S3SignedUrls extends SignedUrls {
  constructor(private readonly bucket: S3Bucket) {
    super();
  }

  override async signPut(key: string, terms: PutTerms): Promise<SignedPut> {
    checkUploadTerms(key, terms);
    const { length, md5Base64, contentType, expiresIn } = terms;
    const command = new PutObjectCommand({
      ...{ Bucket: this.bucket.name, Key: key, ContentLength: length, ContentMD5: md5Base64 },
      ...(contentType !== undefined && { ContentType: contentType }),
    });
    // Left to itself the library signs no type; told to, it signs one of its own where there is none.
    const options = contentType === undefined ? {} : { signableHeaders: new Set(['content-type']) };
    const signed = new URL(await getSignedUrl(this.bucket.client, command, { expiresIn, ...options }));
    const query = Object.fromEntries(signed.searchParams);
    signed.search = '';
    return { url: signed.href, query };
  }

  override async signPost(key: string, terms: PostTerms): Promise<SignedPost> {
    checkUploadTerms(key, terms);
    // The service would put the name of the file in its place.
    if (key.includes('${filename}')) throw new InvalidObjectKeyError('it holds ${filename}');
    const { length, md5Base64, contentType, expiresIn } = terms;
    const { fields } = await createPresignedPost(this.bucket.client, {
      ...{ Bucket: this.bucket.name, Key: key, Expires: expiresIn },
      Fields: { acl: ACL, 'Content-MD5': md5Base64, 'Content-Type': contentType },
      Conditions: [['content-length-range', length, length]],
    });
    // The bucket is that of the address. The names are in any case; the original's are in this one.
    const named = Object.entries(fields)
      .filter(([name]) => name !== 'bucket')
      .map(([name, value]) => [/^(?:x-amz-|policy$)/i.test(name) ? name.toLowerCase() : name, value]);
    return { url: this.bucket.url, fields: Object.fromEntries(named) as Record<string, string> };
  }

  override async signGet(key: string, { expiresIn, download }: GetTerms): Promise<string> {
    checkTerms(key, { expiresIn });
    const type = mediaTypeOf(key);
    const name = download ?? (type === WITHOUT_MEANING ? key.slice(key.lastIndexOf('/') + 1) : undefined);
    const command = new GetObjectCommand({
      ...{ Bucket: this.bucket.name, Key: key },
      // The service would tell the type that the sender gave it.
      ResponseContentType: type,
      ...(name !== undefined && { ResponseContentDisposition: attachment(name) }),
    });
    return getSignedUrl(this.bucket.client, command, { expiresIn });
  }

  override objectUrl(key: string): string {
    return `${this.bucket.url}/${encodeKey(key)}`;
  }

  override places(): readonly string[] {
    return this.bucket.places;
  }
}
