import { describe, expect, it } from '@jest/globals';
import { configSection } from './config-section.js';
import { describeConfiguration } from './describe-configuration.js';
import { Environment } from './environment.js';
import { secret, text, url } from './variables.js';
import './platform.config.js';

configSection('Described', {
  SOME_TOKENS: text({ default: '' }),
  SOME_PASSWORD: secret(1)({ default: undefined }),
  QUEUE_URL: url('redis')({ default: undefined }),
});

const SECRET = 'the secret of this very installation';
const described = new Map(
  describeConfiguration(
    new Environment({
      PORT: '4000',
      CORS_ORIGINS: 'https://a.example.org,https://b.example.org',
      SIGNALBOX_SECRET: SECRET,
      SOME_PASSWORD: 'hunter2',
      DATABASE_URL: 'postgres://ann:hun:t@er2@db:5432/signalbox?sslmode=require&sslpassword=hunter2',
      QUEUE_URL: 'redis://:hunter2@queue:6379/1',
    }),
  ).map((one) => [one.name, one]),
);

describe('describeConfiguration', () => {
  it('tells value, origin, section and meaning of every variable', () => {
    expect(described.get('PORT')).toEqual({
      section: 'HTTP',
      name: 'PORT',
      value: '4000',
      source: 'environment',
      about: 'port of the API; 0 takes a free one',
    });
    expect(described.get('HOST')).toMatchObject({ value: '127.0.0.1', source: 'default' });
    expect(described.get('CORS_ORIGINS')?.value).toBe('https://a.example.org,https://b.example.org');
    expect(described.get('PUBLIC_URL')).toMatchObject({ value: '', source: 'default' });
  });

  it('masks secrets that are set and leaves those empty that are not', () => {
    expect(described.get('SIGNALBOX_SECRET')?.value).toBe('********');
    expect(described.get('SOME_PASSWORD')?.value).toBe('********');
    expect(described.get('SOME_TOKENS')?.value).toBe('');
  });

  it('masks passwords in URLs and shows the rest of them', () => {
    expect(described.get('DATABASE_URL')?.value).toBe(
      'postgres://ann:********@db:5432/signalbox?sslmode=require&sslpassword=********',
    );
    expect(described.get('QUEUE_URL')?.value).toBe('redis://:********@queue:6379/1');
  });

  it('lets no secret through anywhere', () => {
    const text = JSON.stringify([...described.values()]);
    expect(text).not.toMatch(/hunter2|hun:t|er2@|very installation/);
  });
});
