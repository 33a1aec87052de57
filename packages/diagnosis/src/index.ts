export { CATALOGUE, type CatalogueEntry, catalogueMarkdown } from './catalogue/index.js';
export { diagnose } from './diagnose.js';
export { startDiagnosis } from './engine.js';
export { qualityOf } from './quality/index.js';
export type * from './types.js';
