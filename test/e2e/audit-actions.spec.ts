import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import '../../src/app.module.js'; // declares the permissions
import { definedPermissions } from '../../src/platform/access/permissions.js';
import { sourceActions } from '../support/source-actions.js';

describe('the list of actions in docs/audit.md', () => {
  it('has those that are recorded, all and no others', () => {
    const recorded = [...sourceActions(definedPermissions())].sort();
    expect(recorded.length).toBeGreaterThan(40);
    expect(documentedActions().sort()).toEqual(recorded);
  });
});

/** What is in the first column of the table. */
function documentedActions(): string[] {
  const text = readFileSync('docs/audit.md', 'utf8');
  const [, section] = /## What is recorded\n([^]*?)\n##/.exec(text)!;
  const rows = section!.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) =>
    [...row.split('|', 2)[1]!.matchAll(/`([^`]+)`/g)].map(([, action]) => action!),
  );
}
