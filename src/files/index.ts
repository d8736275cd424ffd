/** Files that are one user's own: nobody else may read them, and no planted link leads elsewhere. */
export { hasOwnFile, openOwnFile, ownFolder, replaceOwnFile, writeOrdinaryFile } from './own.ts';
