import { bundleSdk } from './bundles.mjs';

// A process of its own, so that a server which builds before it starts does not carry the bundler along.
await bundleSdk();
