import { configSection } from '../platform/config/config-section.js';
import { flag, text, url } from '../platform/config/variables.js';

const OTHERS = [
  'S3_ENDPOINT',
  'S3_REGION',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
  'S3_FORCE_PATH_STYLE',
];

/** Where objects lie when not on the disk. */
export class S3Config extends configSection('Object store', {
  S3_BUCKET: text({
    default: undefined,
    desc: 'bucket that keeps uploaded files; unset: the data directory',
    requiredWhen: (env) => OTHERS.some((name) => env[name] !== undefined),
  }),
  S3_ENDPOINT: url(
    'http',
    'https',
  )({ default: undefined, desc: 'address of an S3-compatible service; unset: Amazon S3' }),
  S3_REGION: text({ default: undefined, desc: 'region of the bucket; unset: us-east-1' }),
  S3_ACCESS_KEY_ID: text({
    default: undefined,
    desc: 'access key of the bucket; unset: what the machine has, such as the role of an instance',
    requiredWhen: (env) => env['S3_SECRET_ACCESS_KEY'] !== undefined,
  }),
  S3_SECRET_ACCESS_KEY: text({
    default: undefined,
    desc: 'secret of the access key',
    requiredWhen: (env) => env['S3_ACCESS_KEY_ID'] !== undefined,
  }),
  S3_FORCE_PATH_STYLE: flag({
    default: undefined,
    desc: 'whether addresses have the bucket in their path, not in their host; unset: true with S3_ENDPOINT',
  }),
}) {}
