import { open } from 'node:fs/promises';

/** Whether the error is one of these of the operating system, by its code. */
export function isErrno(error: unknown, ...codes: string[]): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code !== undefined && codes.includes(code);
}

/** Makes the names in a directory durable: a file that was renamed into it is still there after a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows neither opens directories nor needs this.
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
