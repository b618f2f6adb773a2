import { type INestApplicationContext, Logger } from '@nestjs/common';

/** How much longer than the polite way the process may live, in milliseconds. */
const MARGIN_MS = 3_000;

/** A terminal's Ctrl-C reaches a child both directly and through its parent: within this time it is one signal. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Closes the application on SIGTERM and SIGINT: no new work, running requests and jobs end or give up their work,
 * then the database closes. A second signal, or the timeout, ends the process at once; jobs survive that too.
 */
export function closeOnSignals(app: INestApplicationContext, timeoutMs: number): void {
  const logger = new Logger('Shutdown');
  let closingSince = 0;
  const close = (signal: NodeJS.Signals) => {
    if (closingSince > 0) {
      if (Date.now() - closingSince > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    closingSince = Date.now();
    logger.log(`${signal}: closing`);
    setTimeout(() => {
      logger.error(`not closed within ${timeoutMs} ms: exiting; jobs will be taken over`);
      process.exit(1);
    }, timeoutMs + MARGIN_MS).unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', close);
  process.on('SIGINT', close);
}
