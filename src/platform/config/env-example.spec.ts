import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import '../../app.module.js'; // declares every section
import { configSections, validateConfiguration } from './config-section.js';
import { envExample } from './env-example.js';
import { Environment } from './environment.js';

const names = configSections().flatMap(({ specs }) => Object.keys(specs));
const uncommented = envExample().replace(/^# (?=[A-Z][A-Z0-9_]*=)/gm, '');

describe('.env.example', () => {
  it('is what the program says of itself', () => {
    expect(readFileSync('.env.example', 'utf8')).toBe(envExample());
  });

  it('names every variable once', () => {
    expect(names.length).toBeGreaterThan(30);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(envExample().split(`\n# ${name}=`)).toHaveLength(2);
  });

  it('says something about every variable', () => {
    for (const { specs } of configSections()) {
      for (const [name, { desc }] of Object.entries(specs))
        expect([name, desc]).toEqual([name, expect.any(String)]);
    }
  });

  it('holds nothing but comments', () => {
    expect(parseEnv(envExample())).toEqual({});
  });

  it('can be uncommented as it is', () => {
    const variables = parseEnv(uncommented);
    expect(Object.keys(variables).sort()).toEqual([...names].sort());
    expect(() => validateConfiguration(new Environment(variables))).not.toThrow();
  });
});
