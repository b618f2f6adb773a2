import { describe, expect, it } from '@jest/globals';
import { definePermissions } from '../../platform/access/permissions.js';
import { permissionsOf } from './roles.js';

definePermissions({
  'things.read': { about: 'See things.', everyone: true },
  'things.write': { about: 'Change things.' },
});

describe('permissionsOf', () => {
  it('gives everyone what is for everyone, and no more', () => {
    expect([...permissionsOf([], [])]).toEqual(['things.read']);
    expect([...permissionsOf(['user', 'undefined-role'], [])]).toEqual(['things.read']);
  });

  it('adds what roles of the table grant', () => {
    expect(permissionsOf(['writer'], ['things.write'])).toEqual(new Set(['things.read', 'things.write']));
  });

  it('gives an admin all', () => {
    expect(permissionsOf(['admin'], []).has('*')).toBe(true);
    expect(permissionsOf(['Admin'], []).has('*')).toBe(false);
  });
});
