// Holds what a server really sent against its AsyncAPI document.
//   frames_check.mjs FILE FRAMES    FRAMES is a JSON array of {channel, name, payload}
// Says what does not fit, and which messages of the document were not among the frames.
import { readFileSync } from 'node:fs';
import { load, report } from './report.mjs';

const { Parser, fromFile } = load('@asyncapi/parser');
const Ajv = load('ajv/dist/2019').default;

/** The schema where nothing is allowed that it does not name. */
function closed(schema, isPart = false) {
  if (Array.isArray(schema)) return schema.map((item) => closed(item));
  if (schema === null || typeof schema !== 'object') return schema;
  const members = Object.entries(schema).map(([name, member]) => {
    if (name === 'allOf') return [name, member.map((part) => closed(part, true))];
    if (name === 'properties') {
      return [name, Object.fromEntries(Object.entries(member).map(([key, value]) => [key, closed(value)]))];
    }
    return [name, closed(member)];
  });
  const isObject = 'properties' in schema || 'allOf' in schema;
  return { ...Object.fromEntries(members), ...(isObject && !isPart ? { unevaluatedProperties: false } : {}) };
}

const { document } = await fromFile(new Parser(), process.argv[2]).parse();
const ajv = new Ajv({ strict: false, validateFormats: false });
const known = new Map();
for (const operation of document.operations().filterBySend()) {
  for (const channel of operation.channels().all()) {
    for (const message of operation.messages().all()) {
      known.set(`${channel.id()} ${message.name()}`, ajv.compile(closed(message.payload().json())));
    }
  }
}
const unheard = new Set(known.keys());
const faults = [];
for (const { channel, name, payload } of JSON.parse(readFileSync(process.argv[3], 'utf8'))) {
  const validate = known.get(`${channel} ${name}`);
  unheard.delete(`${channel} ${name}`);
  if (validate === undefined) faults.push(`${channel} has no ${name}`);
  else if (!validate(payload)) {
    faults.push(`${channel} ${name}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(payload)}`);
  }
}
report('checked', { faults: [...new Set(faults)], unheard: [...unheard].sort() });
process.exit(0);
