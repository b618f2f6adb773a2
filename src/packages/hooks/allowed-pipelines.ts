/**
 * Whether the address of a pipeline is one of those that are allowed, or below an origin that is. An entry without a
 * path is an origin.
 */
export function isAllowedPipeline(allowed: readonly string[], pipeline: string): boolean {
  const url = URL.parse(pipeline);
  if (!url || url.username !== '' || url.password !== '') return false;
  return allowed.some((entry) => {
    const { origin, pathname, search, href } = new URL(entry);
    const isOrigin = pathname === '/' && search === '';
    return isOrigin ? url.origin === origin : url.href === href;
  });
}
