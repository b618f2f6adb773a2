import unit from './jest.config.js';

/** Faults on purpose: killed processes, crashed databases, poisonous jobs. FAULTS=full runs the full figures. */
export default {
  ...unit,
  roots: ['<rootDir>/test/faults'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
  testTimeout: 300_000,
};
