// Checks AsyncAPI documents: node check.mjs FILE... ; prints a line for each finding, fails when one is an error.
import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';

const SEVERITIES = ['error', 'warning', 'information', 'hint'];
const parser = new Parser();
let errors = 0;

for (const file of process.argv.slice(2)) {
  const { document, diagnostics } = await parser.parse(await readFile(file, 'utf8'), { source: file });
  for (const { severity, code, message, path } of diagnostics) {
    console.log(`${file}: ${SEVERITIES[severity]} ${code} at ${path.join('/')}: ${message}`);
  }
  errors += diagnostics.filter(({ severity }) => severity === 0).length + (document ? 0 : 1);
  if (document) {
    const answered = document.operations().all().filter((operation) => operation.reply()).length;
    console.log(`${file}: ${document.operations().all().length} operations, ${answered} with a reply`);
  }
}

process.exitCode = errors ? 1 : 0;
