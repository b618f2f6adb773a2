const MAX_PATH = 1000;

/** Whether a path is a URL; the others are relative to the descriptor. */
export function isUrl(path: string): boolean {
  return /^[a-z][a-z\d+.-]*:/i.test(path);
}

/**
 * Why a path of a resource may not be used: the end of a sentence; undefined where it may. Allowed are URLs of http and
 * https, and paths that go down from the folder of the descriptor.
 */
export function pathComplaint(path: string): string | undefined {
  if (path === '' || path.length > MAX_PATH) return `has to have 1 to ${MAX_PATH} characters. Change it.`;
  if (/\p{Cc}/u.test(path)) return 'holds a control character. Remove it.';
  if (isUrl(path)) return urlComplaint(path);
  if (path.includes('\\')) return 'holds a backslash. Part folders with "/".';
  if (path.startsWith('/')) return 'is absolute. Make it relative to the descriptor.';
  if (path.includes('?') || path.includes('#')) return 'holds "?" or "#". Rename the file.';
  const steps = decoded(path)?.split(/[/\\]/);
  if (steps === undefined || steps.includes('..') || steps.some((step) => step.includes('\0'))) {
    return 'leaves the folder of the descriptor. Put the file below it.';
  }
  return undefined;
}

function urlComplaint(path: string): string | undefined {
  if (!URL.canParse(path)) return 'is not a URL that can be read. Correct it.';
  const { protocol, username, password } = new URL(path);
  if (protocol !== 'http:' && protocol !== 'https:')
    return 'is a URL of neither http nor https. Use one of them.';
  return username + password === '' ? undefined : 'holds a user name or a password. Remove it.';
}

/** The path as a server could take it, after decoding it as often as it was encoded. */
function decoded(path: string): string | undefined {
  let text = path;
  for (let round = 0; round < 4; round++) {
    let next: string;
    try {
      next = decodeURIComponent(text);
    } catch {
      // A lone percent sign is part of a name.
      return text;
    }
    if (next === text) return text;
    text = next;
  }
  return undefined;
}
