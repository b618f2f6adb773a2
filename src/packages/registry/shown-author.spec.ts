import { describe, expect, it } from '@jest/globals';
import { shownAuthor } from './shown-author.js';

describe('the author of a package', () => {
  it.each([
    ['Ann Example <ann@example.org>', 'Ann Example <ann@not.shown>'],
    ['ann@example.org', 'ann@not.shown'],
    ['Ann <ann@a.org>, Bob <bob@b.org>', 'Ann <ann@not.shown>, Bob <bob@not.shown>'],
    ['Ann <ann@evil@example.org>', 'Ann <ann@not.shown@not.shown>'],
    ['Ann <ann@>', 'Ann <ann@not.shown>'],
    ['  The Treasury ', 'The Treasury'],
    [{ name: 'Ann', email: 'ann@example.org', web: 'x' }, 'Ann <ann@not.shown>'],
    [{ email: 'ann@example.org' }, '<ann@not.shown>'],
    [{ name: 'Ann' }, 'Ann'],
  ])('%j is shown as %s', (author, shown) => expect(shownAuthor(author)).toBe(shown));

  it.each([undefined, null, '', ' ', 7, [], {}, { name: 7 }])('%j is nobody', (author) =>
    expect(shownAuthor(author)).toBeNull(),
  );

  it('is read in a time that grows with its length only', () => {
    const begun = performance.now();
    const shown = shownAuthor('@'.repeat(50_000));
    expect(performance.now() - begun).toBeLessThan(50);
    expect(shown).toContain('@not.shown');
  });
});
