/** One runner for unit tests (beside the code) and end-to-end tests (under test/). */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/test/faults/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB', // modules are loaded anew for each file and not all given back
  testTimeout: 60_000,
  collectCoverageFrom: [
    'src/**/*.ts',
    '!src/**/*.spec.ts',
    '!src/**/*.contract.ts',
    '!src/{main,worker,cli}.ts',
  ],
};
