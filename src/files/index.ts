/** Files that are one user's own: nobody else may read them, and no planted link leads elsewhere. */
export { openOwnFile, ownFolder, replaceOwnFile } from './own.ts';
