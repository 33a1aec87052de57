import { bundleSdk } from './bundles.mjs';

await bundleSdk();
