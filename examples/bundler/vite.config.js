/** Into dist/main.js, which index.html loads. */
export default {
  build: {
    target: 'es2022',
    rolldownOptions: { input: 'src/main.ts', output: { entryFileNames: 'main.js' } },
  },
};
