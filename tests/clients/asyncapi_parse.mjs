// Reads an AsyncAPI document with the parser of the AsyncAPI project, and says what is wrong and how much there is.
//   asyncapi_parse.mjs FILE    what it refers to in other files stands beside it
import { load, report } from './report.mjs';

const { Parser, fromFile } = load('@asyncapi/parser');
const Ajv = load('ajv');

const { document, diagnostics } = await fromFile(new Parser(), process.argv[2]).parse();
// 0 is an error and 1 a warning; the others are advice on style.
const faults = diagnostics
  .filter(({ severity }) => severity <= 1)
  .map(({ code, message, path }) => `${code} at ${path.join('.')}: ${message}`);

// The parser leaves the examples of version 3 alone.
const ajv = new Ajv({ strict: false, validateFormats: false });
const messages = document?.components().messages().all() ?? [];
for (const message of messages) {
  for (const example of message.examples()) {
    if (!ajv.validate(message.payload().json(), example.payload())) {
      faults.push(`the example of ${message.id()}: ${ajv.errorsText()}`);
    }
  }
}
report('parsed', {
  version: document?.version(),
  channels: document?.channels().length,
  operations: document?.operations().length,
  messages: messages.length,
  faults,
});
process.exit(0);
