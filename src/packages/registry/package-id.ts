/** Longer ones are refused before the database is asked; a userid has 32 characters. */
const MAX_ID_LENGTH = 500;
// eslint-disable-next-line no-control-regex -- the database takes no NUL in a text, and nobody needs the others
const PACKAGE_ID = /^[^:\u0000-\u001f]+:[^\u0000-\u001f]+$/;

/** The id of a package, as everybody writes it. */
export function packageId(owner: string, name: string): string {
  return `${owner}:${name}`;
}

/** Whether a text can be the id of a package. */
export function isPackageId(text: string | undefined): text is string {
  return text !== undefined && text.length <= MAX_ID_LENGTH && PACKAGE_ID.test(text);
}

/** The userid of the owner that an id names. */
export function ownerOf(id: string): string {
  return id.split(':', 1)[0]!;
}
