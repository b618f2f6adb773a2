/**
 * `npm run bench:http`: our routes beside bare ones. `npm run bench:http -- --login-flood`: our routes while passwords
 * are guessed.
 */
await import(process.argv.includes('--login-flood') ? './http-login-flood.js' : './http-routes.js');

export {};
