/** Who may read a file without a signed address: everybody, or its owner. */
export type Visibility = 'public' | 'private';
