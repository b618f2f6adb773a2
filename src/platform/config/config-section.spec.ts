import { describe, expect, it } from '@jest/globals';
import { ConfigError, configSection, validateConfiguration } from './config-section.js';
import { Environment } from './environment.js';
import { DatabaseConfig, HttpConfig, LoggingConfig } from './platform.config.js';
import { flag, secret, text } from './variables.js';

class SampleConfig extends configSection('Sample', {
  SAMPLE_NAME: text({ desc: 'has no default' }),
  SAMPLE_TOKEN: secret(10)({ default: undefined, desc: 'a token' }),
  SAMPLE_TOKEN_USED: flag({ default: false, desc: 'about a token' }),
}) {}

const SAMPLE = { SAMPLE_NAME: 'x' };

function complaint(variables: Record<string, string>): string {
  try {
    validateConfiguration(new Environment({ ...SAMPLE, ...variables }));
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('the configuration was accepted');
}

describe('configSection', () => {
  it('reads values into properties that bear the variable names', () => {
    const http = new HttpConfig(
      new Environment({
        PORT: ' 8080 ',
        BODY_LIMIT: '512kb',
        UPLOAD_LIMIT: '3 GB',
        PUBLIC_URL: ' https://signalbox.example.org/base// ',
        CORS_ORIGINS: 'https://a.example.org, http://localhost:4200,',
        TRUST_PROXY: 'loopback,10.0.0.0/8,::1',
      }),
    );
    expect(http).toMatchObject({
      PORT: 8080,
      BODY_LIMIT: 512 * 1024,
      UPLOAD_LIMIT: 3 * 1024 ** 3,
      PUBLIC_URL: 'https://signalbox.example.org/base',
      CORS_ORIGINS: ['https://a.example.org', 'http://localhost:4200'],
      TRUST_PROXY: ['loopback', '10.0.0.0/8', '::1'],
      HOST: '127.0.0.1',
    });
    expect(Object.keys(http).sort()).toEqual(Object.keys(HttpConfig.specs).sort());
  });

  it.each([
    ['true', true],
    ['YES', true],
    ['1', true],
    ['on', true],
    ['false', false],
    ['no', false],
    ['0', false],
    ['off', false],
  ])('takes %s as a flag', (given, expected) => {
    expect(new LoggingConfig(new Environment({ LOG_REQUESTS: given })).LOG_REQUESTS).toBe(expected);
  });

  it('takes an empty variable as one that is not set', () => {
    expect(new HttpConfig(new Environment({ PORT: '' })).PORT).toBe(3000);
  });

  it('accepts the defaults of every section', () => {
    expect(() => validateConfiguration(new Environment(SAMPLE))).not.toThrow();
  });
});

describe('a bad value', () => {
  it.each([
    ['PORT', 'http', /^PORT: "http" must be a whole number from 0 to 65535 \(port of the API; .*\)$/],
    ['PORT', '65536', /^PORT: "65536" must be a whole number from 0 to 65535/],
    ['PORT', '1.5', /^PORT: "1.5" must be a whole number/],
    ['PORT', '-1', /^PORT: "-1" must be a whole number/],
    ['PORT', '0x50', /^PORT: "0x50" must be a whole number/],
    ['MAX_CONNECTIONS', '0', /^MAX_CONNECTIONS: "0" must be a whole number of at least 1/],
    ['BODY_LIMIT', '1.5MB', /^BODY_LIMIT: "1.5MB" must be a size such as 1048576, 512KB, 10MB or 2GB/],
    ['BODY_LIMIT', '0', /^BODY_LIMIT: "0" must be a size/],
    ['UPLOAD_LIMIT', '99999999999GB', /^UPLOAD_LIMIT: "99999999999GB" must be a size/],
    [
      'PUBLIC_URL',
      'example.org',
      /^PUBLIC_URL: "example.org" must be a URL that starts with http:\/\/ or https:\/\//,
    ],
    ['CORS_ORIGINS', '*', /^CORS_ORIGINS: "\*" must be a comma list of origins such as/],
    ['CORS_ORIGINS', 'https://a.example.org/', /^CORS_ORIGINS: .* without a path/],
    [
      'TRUST_PROXY',
      '10.0.0.1,proxy',
      /^TRUST_PROXY: "10.0.0.1,proxy" must be a comma list of IP addresses, CIDRs/,
    ],
    ['TRUST_PROXY', '0.0.0.0/0', /^TRUST_PROXY: "0.0.0.0\/0" must be/],
    [
      'OUTBOUND_ALLOW',
      'a/b',
      /^OUTBOUND_ALLOW: "a\/b" must be a comma list of host names, IP addresses or CIDRs/,
    ],
    ['LOG_LEVEL', 'loud', /^LOG_LEVEL: "loud" must be one of trace, debug, info, warn, error, fatal, silent/],
    ['LOG_FORMAT', 'xml', /^LOG_FORMAT: "xml" must be one of auto, json, pretty/],
    ['LOG_REQUESTS', 'maybe', /^LOG_REQUESTS: "maybe" must be true or false/],
    ['IDEMPOTENCY_HOURS', '0', /^IDEMPOTENCY_HOURS: "0" must be a whole number from 1 to 8760/],
    ['PORT', 'a\nb', /^PORT: "a\\nb" must be a whole number/],
  ])('of %s (%j) is explained in one line', (name, value, line) => {
    const text = complaint({ [name]: value });
    expect(text).toMatch(line);
    expect(text.split('\n')).toHaveLength(1);
  });

  it('gets a line of its own beside others, whatever their section', () => {
    const lines = complaint({ PORT: 'x', LOG_LEVEL: 'x', BODY_LIMIT: 'x' }).split('\n');
    expect(lines.map((line) => line.split(':')[0]).sort()).toEqual(['BODY_LIMIT', 'LOG_LEVEL', 'PORT']);
  });

  it('is named where it is missing', () => {
    expect(() => new SampleConfig(new Environment({}))).toThrow('SAMPLE_NAME is required (has no default)');
  });

  it('is named where another variable makes it necessary', () => {
    expect(() => new DatabaseConfig(new Environment({ DATABASE_URL: 'postgres://db/x' }))).toThrow(
      /^SIGNALBOX_SECRET is required \(any text of 32 characters or more/,
    );
  });

  it.each([
    ['SIGNALBOX_SECRET', 'tooshort'],
    ['SAMPLE_TOKEN', 'abc'],
    ['DATABASE_URL', 'mysql://ann:hunter2hunter2@db/x'],
    ['DATABASE_URL', 'postgres//ann:hunter2hunter2@db/x'],
    ['PUBLIC_URL', 'ftp://ann:hunter2hunter2@files'],
  ])('of %s is not shown: it is or may hold a secret', (name, value) => {
    const text = complaint({ [name]: value });
    expect(text).toMatch(new RegExp(`^${name}: its value must be`));
    expect(text).not.toContain(value);
    expect(text).not.toContain('hunter2');
  });

  it('that is a number about secrets is shown', () => {
    expect(complaint({ SAMPLE_TOKEN_USED: 'maybe' })).toBe(
      'SAMPLE_TOKEN_USED: "maybe" must be true or false (about a token)',
    );
  });
});
