// Stands in for `string-width` in the bundle. yargs brings three copies of it, whose emoji patterns take 25 ms to
// compile at every start; all that is measured there is our own help text, which is plain ASCII.
export default (text) => text.length
